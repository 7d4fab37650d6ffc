//! Quiet hours: a part of each day in which a subscription is not delivered to.

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Time},
};
use serde::{Deserialize, Serialize};

use crate::{
    json::non_null,
    notifications::{importance::Importance, zone::Zone},
};

/// A wall-clock time of day, to the minute. As text `HH:MM`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WallTime(u16);

/// A text that is not a [`WallTime`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time of day is 00:00 to 23:59")]
pub struct InvalidWallTime;

impl WallTime {
    /// Returns the minutes since midnight, by the clock.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.0
    }

    /// Returns the time of day on `date` in `zone` ([`Zone::instant`]). None outside the range of [`Timestamp`].
    #[must_use]
    pub fn on(self, date: Date, zone: Zone) -> Option<Timestamp> {
        let (hour, minute) = (i8::try_from(self.0 / 60).ok()?, i8::try_from(self.0 % 60).ok()?);
        zone.instant(date.to_datetime(Time::new(hour, minute, 0, 0).ok()?))
    }
}

impl FromStr for WallTime {
    type Err = InvalidWallTime;

    fn from_str(text: &str) -> Result<Self, InvalidWallTime> {
        let (hour, minute) = text.split_once(':').ok_or(InvalidWallTime)?;
        let number = |digits: &str, end: u16| {
            let is_number = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse::<u16>().ok().filter(|number| is_number && *number < end).ok_or(InvalidWallTime)
        };
        Ok(Self(number(hour, 24)? * 60 + number(minute, 60)?))
    }
}

impl TryFrom<String> for WallTime {
    type Error = InvalidWallTime;

    fn try_from(text: String) -> Result<Self, InvalidWallTime> {
        text.parse()
    }
}

impl From<WallTime> for String {
    fn from(time: WallTime) -> Self {
        time.to_string()
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WallTime({self})")
    }
}

/// The quiet hours of a subscription. As JSON `"off"` or `{"daily": {…}}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuietHours {
    /// None.
    #[default]
    Off,
    /// The same each day.
    Daily(DailySpan),
}

/// A part of each day, over midnight if it ends before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AnyDailySpan", into = "AnyDailySpan")]
pub struct DailySpan {
    from: WallTime,
    until: WallTime,
    except: Option<Importance>,
}

/// A [`DailySpan`] before validation.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyDailySpan {
    from: WallTime,
    until: WallTime,
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    except: Option<Importance>,
}

/// Quiet hours that end when they begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("quiet hours end at another time than they begin")]
pub struct EmptySpan;

impl DailySpan {
    /// Returns the span `from` to `until`, exclusive, which notifications of at least the importance `except` ignore;
    /// without it, none does.
    ///
    /// # Errors
    /// Returned if both times are the same: it is not clear whether that is never or always.
    pub fn new(from: WallTime, until: WallTime, except: Option<Importance>) -> Result<Self, EmptySpan> {
        if from == until { Err(EmptySpan) } else { Ok(Self { from, until, except }) }
    }

    /// Returns when the span that contains `now` ends. None if none does.
    fn ends_at(self, zone: Zone, now: Timestamp) -> Option<Timestamp> {
        let today = zone.local(now).date();
        // A span over midnight can have begun yesterday.
        [today.checked_sub(1.day()).ok()?, today].into_iter().find_map(|day| {
            let last = if self.until < self.from { day.checked_add(1.day()).ok()? } else { day };
            let (from, until) = (self.from.on(day, zone)?, self.until.on(last, zone)?);
            (from <= now && now < until).then_some(until)
        })
    }
}

impl QuietHours {
    /// Returns until when they hold back a notification of `importance` at `now`. None if they do not.
    ///
    /// When clocks go forward and skip the beginning or the end, it is as much later as they skip. When they go back, the
    /// first occurrence counts ([`Zone::instant`]).
    #[must_use]
    pub fn ends_at(self, zone: Zone, importance: Importance, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Daily(span) if span.except.is_none_or(|except| importance < except) => span.ends_at(zone, now),
            Self::Off | Self::Daily(_) => None,
        }
    }
}

impl TryFrom<AnyDailySpan> for DailySpan {
    type Error = EmptySpan;

    fn try_from(AnyDailySpan { from, until, except }: AnyDailySpan) -> Result<Self, EmptySpan> {
        Self::new(from, until, except)
    }
}

impl From<DailySpan> for AnyDailySpan {
    fn from(DailySpan { from, until, except }: DailySpan) -> Self {
        Self { from, until, except }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quiet(from: &str, until: &str, except: Option<Importance>) -> QuietHours {
        let time = |text: &str| text.parse().expect("a time of day");
        QuietHours::Daily(DailySpan::new(time(from), time(until), except).expect("a span"))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn quiet_hours_end_on_the_wall_clock_of_the_zone() {
        let zone = Zone::default();
        for (from, until, now, ends) in [
            // Winter: 22:00 is 20:00Z.
            ("22:00", "07:00", "2026-11-26T19:59:59Z", None),
            ("22:00", "07:00", "2026-11-26T20:00:00Z", Some("2026-11-27T05:00:00Z")),
            ("22:00", "07:00", "2026-11-27T04:59:59Z", Some("2026-11-27T05:00:00Z")),
            ("22:00", "07:00", "2026-11-27T05:00:00Z", None),
            ("12:00", "13:00", "2026-11-27T10:30:00Z", Some("2026-11-27T11:00:00Z")),
            // Forward on 28 March 2027 at 01:00Z: the night has eight hours.
            ("22:00", "07:00", "2027-03-27T20:00:00Z", Some("2027-03-28T04:00:00Z")),
            // Back on 31 October 2027 at 01:00Z: the night has ten.
            ("22:00", "07:00", "2027-10-30T19:00:00Z", Some("2027-10-31T05:00:00Z")),
            // The end is skipped: 03:30 becomes 04:30.
            ("22:00", "03:30", "2027-03-28T01:10:00Z", Some("2027-03-28T01:30:00Z")),
            // The end occurs twice: at the first 03:30, and not again at the second 03:10.
            ("22:00", "03:30", "2027-10-31T00:29:00Z", Some("2027-10-31T00:30:00Z")),
            ("22:00", "03:30", "2027-10-31T01:10:00Z", None),
            // The beginning occurs twice.
            ("03:30", "05:00", "2027-10-31T00:30:00Z", Some("2027-10-31T03:00:00Z")),
        ] {
            let found = quiet(from, until, None).ends_at(zone, Importance::Critical, at(now));
            assert_eq!(found, ends.map(at), "{from}-{until} at {now}");
        }
    }

    #[test]
    fn importance_breaks_through() {
        let (zone, now) = (Zone::default(), at("2026-11-26T23:00:00Z"));
        let night = quiet("22:00", "07:00", Some(Importance::Critical));
        assert_eq!(night.ends_at(zone, Importance::Critical, now), None);
        assert!(night.ends_at(zone, Importance::Warning, now).is_some());
        assert_eq!(QuietHours::Off.ends_at(zone, Importance::Info, now), None);
    }

    #[test]
    fn json_has_one_form() {
        let night = quiet("22:00", "07:00", Some(Importance::Critical));
        let text = r#"{"daily":{"from":"22:00","until":"07:00","except":"critical"}}"#;
        assert_eq!(serde_json::to_string(&night).expect("json"), text);
        assert_eq!(serde_json::from_str::<QuietHours>(text).expect("as written"), night);
        assert_eq!(serde_json::from_str::<QuietHours>(r#""off""#).expect("a word"), QuietHours::Off);
        for bad in [
            r#"{"daily":{"from":"22:00","until":"22:00"}}"#,
            r#"{"daily":{"from":"22:00","until":"24:00"}}"#,
            r#"{"daily":{"from":"22:00"}}"#,
            r#"{"daily":{"from":"7:00","until":"22:00"}}"#,
            r#"{"daily":{"from":"+7:00","until":"22:00"}}"#,
            r#"{"daily":{"from":"07:60","until":"22:00"}}"#,
            r#"{"daily":{"from":"07:00","until":"22:00","except":null}}"#,
            r#"{"daily":{"from":"07:00","until":"22:00","zone":"UTC"}}"#,
            "null",
        ] {
            assert!(serde_json::from_str::<QuietHours>(bad).is_err(), "{bad}");
        }
    }

    /// The offset of Tallinn in seconds, without any library: summer from the last Sunday of March to that of October,
    /// both at 01:00Z. The days are those of 2026 to 2028.
    fn offset(second: i64) -> i64 {
        let summers = [(1_774_746_000, 1_792_890_000), (1_806_195_600, 1_824_944_400), (1_837_645_200, 1_856_394_000)];
        if summers.iter().any(|(from, to)| (*from..*to).contains(&second)) { 10_800 } else { 7_200 }
    }

    /// The first second at which clocks in Tallinn show `local` seconds; if they skip it, as much later as they skip.
    fn instant(local: i64) -> i64 {
        let found = [local - 10_800, local - 7_200].into_iter().find(|second| second + offset(*second) == local);
        found.unwrap_or(local - 7_200)
    }

    proptest! {
        /// Compares with a model that counts seconds.
        #[test]
        fn end_agrees_with_plain_model(
            from in 0_u16..1440, until in 0_u16..1440, near in 0_usize..3, minute in -3_000_i64..3_000,
        ) {
            prop_assume!(from != until);
            // Around a change in spring, one in autumn, and in winter.
            let now = [1_806_195_600, 1_824_944_400, 1_795_700_000][near] + minute * 60;
            let midnight = (now + offset(now)).div_euclid(86_400) * 86_400;
            let expected = [midnight - 86_400, midnight].into_iter().find_map(|day| {
                let over = if until < from { 86_400 } else { 0 };
                let (begins, ends) = (day + i64::from(from) * 60, day + over + i64::from(until) * 60);
                (instant(begins) <= now && now < instant(ends)).then(|| instant(ends))
            });
            let span = DailySpan::new(WallTime(from), WallTime(until), None).expect("a span");
            let now = Timestamp::from_second(now).expect("a time");
            let found = span.ends_at(Zone::default(), now);
            prop_assert_eq!(found.map(Timestamp::as_second), expected);
            prop_assert!(found.is_none_or(|end| end > now && span.ends_at(Zone::default(), end) != Some(end)));
        }
    }
}
