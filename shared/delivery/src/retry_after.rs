//! The response header `Retry-After` (RFC 9110, section 10.2.3).

use jiff::{SignedDuration, Timestamp, civil::DateTime, fmt::rfc2822, tz::TimeZone};

/// The two obsolete forms of an HTTP date, which a recipient must accept (RFC 9110, section 5.6.7): RFC 850, and C's
/// `asctime`.
const OBSOLETE_DATES: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// Returns the wait from `now` that the header's `text` asks for, as seconds or as an HTTP date. None if it is neither.
/// The wait for a date in the past is negative.
pub(crate) fn parse(text: &str, now: Timestamp) -> Option<SignedDuration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More digits are a longer wait than any that is granted.
        return Some(SignedDuration::from_secs(text.parse::<u32>().unwrap_or(u32::MAX).into()));
    }
    let date = rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    let obsolete = || OBSOLETE_DATES.iter().find_map(|format| DateTime::strptime(format, text).ok());
    let date = date.or_else(|| TimeZone::UTC.to_timestamp(obsolete()?).ok())?;
    Some(date.duration_since(now))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn seconds_and_each_form_of_a_date_are_read() {
        let now: Timestamp = "1994-11-06T08:48:37Z".parse().expect("a time");
        for (text, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("99999999999999999999", Some(i64::from(u32::MAX))),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(60)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(60)),
            ("Sun Nov  6 08:49:37 1994", Some(60)),
            ("Sun, 06 Nov 1994 07:48:37 GMT", Some(-3600)),
            ("", None),
            ("-5", None),
            ("1.5", None),
            ("+5", None),
            ("soon", None),
            ("Mon, 06 Nov 1994 08:49:37 GMT", None),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
        ] {
            assert_eq!(parse(text, now), seconds.map(SignedDuration::from_secs), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn date_is_the_wait_until_it(now in 0..4_000_000_000_i64, wait in -1_000_000..1_000_000_i64) {
            let second = |second| Timestamp::from_second(second).expect("a time");
            let date = second(now + wait).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
            prop_assert_eq!(parse(&date, second(now)), Some(SignedDuration::from_secs(wait)));
        }

        #[test]
        fn no_text_is_a_panic(text in ".{0,40}") {
            let _ = parse(&text, Timestamp::UNIX_EPOCH);
        }
    }
}
