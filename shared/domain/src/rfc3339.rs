//! Times of requests: RFC 3339, neither more nor less.
//!
//! jiff reads far more (ISO 8601, RFC 9557, any second 60), and fewer digits of a fraction. Every time in a body or a
//! query is read here.

use std::fmt;

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::Offset,
};
use serde::{
    Deserializer,
    de::{Error, Visitor},
};

/// The part of a `date-time` before the fraction: `d` is a digit.
const SHAPE: &[u8; 19] = b"dddd-dd-ddTdd:dd:dd";

/// The years that had a leap second at the end of June, and at the end of December, in UTC (IERS Bulletin C). Another
/// one is announced half a year before.
const LEAP_SECONDS: [(i8, &[i16]); 2] = [
    (6, &[1972, 1981, 1982, 1983, 1985, 1992, 1993, 1994, 1997, 2012, 2015]),
    (12, &[1972, 1973, 1974, 1975, 1976, 1977, 1978, 1979, 1987, 1989, 1990, 1995, 1998, 2005, 2008, 2016]),
];

/// A text that is not a `date-time` of RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time of RFC 3339, such as 2026-11-21T09:30:00Z")]
pub struct InvalidTime;

/// Reads a `date-time` of RFC 3339, section 5.6, with any number of digits in the fraction: those after nanoseconds are
/// dropped. A leap second counts as the second before it, as in Unix time. A time after [`Timestamp::MAX`], within the
/// last two days of the year 9999, counts as that.
///
/// # Errors
/// When `text` is anything else; when its second is 60 and no leap second was then.
pub fn parse(text: &str) -> Result<Timestamp, InvalidTime> {
    read(text.as_bytes()).ok_or(InvalidTime)
}

fn read(text: &[u8]) -> Option<Timestamp> {
    let (fixed, rest) = text.split_first_chunk::<19>()?;
    let fits = |(byte, shape): (&u8, &u8)| match shape {
        b'd' => byte.is_ascii_digit(),
        _ => byte.eq_ignore_ascii_case(shape),
    };
    if !fixed.iter().zip(SHAPE).all(fits) {
        return None;
    }
    let (nanosecond, offset) = read_fraction(rest)?;
    let offset = read_offset(offset)?;
    let two = |at: usize| two_digits(fixed[at], fixed[at + 1]);
    let second = two(17);
    if second > 60 {
        return None;
    }
    let date = Date::new(i16::from(two(0)) * 100 + i16::from(two(2)), two(5), two(8)).ok()?;
    let time = Time::new(two(11), two(14), second.min(59), nanosecond).ok()?;
    // No offset moves the year 0 before the first time that jiff has.
    let at = offset.to_timestamp(date.to_datetime(time)).unwrap_or(Timestamp::MAX);
    (second < 60 || is_before_leap_second(at)).then_some(at)
}

/// Reads an optional `time-secfrac`. Returns its nanoseconds, and the text after it.
fn read_fraction(text: &[u8]) -> Option<(i32, &[u8])> {
    let Some(rest) = text.strip_prefix(b".") else { return Some((0, text)) };
    let end = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    let (digits, rest) = rest.split_at(end);
    if digits.is_empty() {
        return None;
    }
    let digits = digits.iter().chain(std::iter::repeat(&b'0')).take(9);
    Some((digits.fold(0, |number, digit| number * 10 + i32::from(digit - b'0')), rest))
}

/// Reads a `time-offset`: `Z`, or `+` or `-` with hours up to 23 and minutes up to 59.
fn read_offset(text: &[u8]) -> Option<Offset> {
    let seconds = match text {
        b"Z" | b"z" => 0,
        &[sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] if [h1, h2, m1, m2].iter().all(u8::is_ascii_digit) => {
            let (hours, minutes) = (i32::from(two_digits(h1, h2)), i32::from(two_digits(m1, m2)));
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            if sign == b'-' { -seconds } else { seconds }
        }
        _ => return None,
    };
    Offset::from_seconds(seconds).ok()
}

/// Returns the number of two ASCII digits.
fn two_digits(tens: u8, ones: u8) -> i8 {
    // At most 99.
    i8::try_from((tens - b'0') * 10 + (ones - b'0')).unwrap_or_default()
}

/// Returns whether a leap second followed the second of `at`.
fn is_before_leap_second(at: Timestamp) -> bool {
    let (utc, next) = (Offset::UTC.to_datetime(at), at.as_second() + 1);
    next.rem_euclid(24 * 60 * 60) == 0
        && LEAP_SECONDS.iter().any(|(month, years)| {
            utc.month() == *month && utc.day() == utc.days_in_month() && years.contains(&utc.year())
        })
}

/// Deserializes a time with [`parse`], for `#[serde(with)]`.
///
/// # Errors
/// When it is not a text, or not a time of RFC 3339.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    struct Reader;

    impl Visitor<'_> for Reader {
        type Value = Timestamp;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a time of RFC 3339, such as 2026-11-21T09:30:00Z")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
            parse(text).map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Reader)
}

/// Deserializes an optional time that is present, like [`deserialize`]. It refuses `null`.
///
/// # Errors
/// When it is not a text, or not a time of RFC 3339.
pub(crate) fn non_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanoseconds(text: &str) -> i128 {
        parse(text).unwrap_or_else(|_| panic!("{text}")).as_nanosecond()
    }

    #[test]
    fn date_time_of_rfc_3339_is_taken() {
        for (text, same) in [
            ("2026-11-21T09:30:00Z", "2026-11-21T09:30:00Z"),
            ("2026-11-21t09:30:00z", "2026-11-21T09:30:00Z"),
            ("2026-11-21T11:30:00+02:00", "2026-11-21T09:30:00Z"),
            ("2026-11-21T09:30:00-00:00", "2026-11-21T09:30:00Z"),
            ("2026-11-22T09:29:00+23:59", "2026-11-21T09:30:00Z"),
            ("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520Z"),
            ("1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57Z"),
            ("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
            ("2026-11-21T09:30:00.123456789999Z", "2026-11-21T09:30:00.123456789Z"),
            ("2026-11-21T09:30:00.000000000000000000001+00:00", "2026-11-21T09:30:00Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
            ("2017-01-01T01:59:60.5+02:00", "2016-12-31T23:59:59.5Z"),
            ("1990-12-31T15:59:60-08:00", "1990-12-31T23:59:59Z"),
        ] {
            let same: Timestamp = same.parse().expect("a time");
            assert_eq!(nanoseconds(text), same.as_nanosecond(), "{text}");
        }
        assert!(nanoseconds("0000-01-01T00:00:00+23:59") < nanoseconds("0000-01-01T00:00:00Z"));
        assert_eq!(parse("9999-12-31T23:59:59Z"), Ok(Timestamp::MAX));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "2026-11-21",
            "2026-11-21T09:30Z",
            "2026-11-21T09:30:00",
            "2026-11-21 09:30:00Z",
            "2026-11-21T09:30:00 Z",
            " 2026-11-21T09:30:00Z",
            "2026-11-21T09:30:00Z ",
            "20261121T093000Z",
            "2026-11-21T09:30:00.Z",
            "2026-11-21T09:30:00,5Z",
            "2026-11-21T09:30:00.5",
            "2026-11-21T09:30:00+02",
            "2026-11-21T09:30:00+0200",
            "2026-11-21T09:30:00+02:00:00",
            "2026-11-21T09:30:00+02:00[Europe/Tallinn]",
            "2026-11-21T09:30:00+24:00",
            "2026-11-21T09:30:00-24:00",
            "2026-11-21T09:30:00+23:60",
            "2026-11-21T09:30:00\u{2212}02:00",
            "2026-11-21T24:00:00Z",
            "2026-11-21T12:60:00Z",
            "2026-11-21T12:30:60Z",
            "2026-11-21T12:30:61Z",
            "2026-12-31T23:59:60Z",
            "2016-12-31T22:59:60Z",
            "2016-12-31T23:59:60+02:00",
            "2016-12-30T23:59:60Z",
            "2016-06-30T23:59:60Z",
            "2026-02-29T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "+002026-11-21T09:30:00Z",
            "-000001-11-21T09:30:00Z",
            "2026-11-21T09:30:0\u{0660}Z",
        ] {
            assert_eq!(parse(text), Err(InvalidTime), "{text:?}");
        }
    }

    #[test]
    fn there_were_27_leap_seconds_until_2026() {
        assert_eq!(LEAP_SECONDS.iter().map(|(_, years)| years.len()).sum::<usize>(), 27);
    }
}
