//! The period of a report, and the one before it.

use jiff::{SignedDuration, Span, Timestamp, ToSpan as _, civil::Date};

use super::spans::Period;
use crate::notifications::Zone;

/// The longest period.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(92 * 24);
/// The days of a week.
const WEEK_DAYS: i64 = 7;

/// The period of a report, and the one of the same length before it, with which it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportPeriod {
    /// The period of the report.
    pub own: Period,
    /// The period before.
    pub before: Period,
}

/// One end of a period, as a caller gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The start of a day in the zone of the report.
    Day(Date),
    /// A time.
    At(Timestamp),
}

/// A text that is not a [`Bound`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a date such as 2026-11-23, or a time of RFC 3339 such as 2026-11-23T09:00:00Z")]
pub struct InvalidBound;

/// Two bounds that are not a period of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPeriod {
    /// It ends before it starts, or at the same time.
    #[error("before `to`, which is the first time that is left out")]
    Empty,
    /// It starts in the future.
    #[error("not in the future")]
    Future,
    /// It is longer than [`LONGEST`].
    #[error("at most 92 days before `to`")]
    TooLong,
}

impl std::str::FromStr for Bound {
    type Err = InvalidBound;

    fn from_str(text: &str) -> Result<Self, InvalidBound> {
        // A date has ten characters; `jiff` takes times for dates too.
        if text.len() == 10 {
            return text.parse().map(Self::Day).map_err(|_| InvalidBound);
        }
        crate::rfc3339::parse(text).map(Self::At).map_err(|_| InvalidBound)
    }
}

impl Bound {
    fn in_zone(self, zone: Zone) -> Option<Timestamp> {
        match self {
            Self::Day(day) => midnight(day, zone),
            Self::At(at) => Some(at),
        }
    }

    /// Returns the bound that is `days` earlier: at the same wall-clock time if it is a day.
    fn days_before(self, days: Span, length: SignedDuration) -> Option<Self> {
        match self {
            Self::Day(day) => day.checked_sub(days).ok().map(Self::Day),
            Self::At(at) => at.checked_sub(length).ok().map(Self::At),
        }
    }
}

impl ReportPeriod {
    /// Returns the period from `from` to `to`, which is left out, as of `now`: it ends at `now` if `to` is later. Without
    /// bounds, the seven days before today; without `from`, the seven days before `to`.
    ///
    /// # Errors
    /// [`InvalidPeriod`].
    pub fn new(from: Option<Bound>, to: Option<Bound>, zone: Zone, now: Timestamp) -> Result<Self, InvalidPeriod> {
        let to = to.unwrap_or_else(|| Bound::Day(zone.local(now).date()));
        let week = SignedDuration::from_hours(24 * WEEK_DAYS);
        let from = from.or_else(|| to.days_before(WEEK_DAYS.days(), week)).ok_or(InvalidPeriod::Empty)?;
        let (start, end) = from.in_zone(zone).zip(to.in_zone(zone)).ok_or(InvalidPeriod::Empty)?;
        let whole = Period { start, end };
        if start >= end {
            return Err(InvalidPeriod::Empty);
        }
        if start >= now {
            return Err(InvalidPeriod::Future);
        }
        // A day of 25 hours is a day.
        if whole.length() > LONGEST + SignedDuration::from_hours(1) {
            return Err(InvalidPeriod::TooLong);
        }
        let own = Period { start, end: end.min(now) };
        let days = match (from, to) {
            (Bound::Day(from), Bound::Day(to)) => from.until(to).map_err(|_| InvalidPeriod::Empty)?,
            _ => Span::new(),
        };
        let from = if matches!(to, Bound::Day(_)) { from } else { Bound::At(start) };
        let before = from.days_before(days, whole.length()).and_then(|before| before.in_zone(zone));
        let before = Period { start: before.unwrap_or(start), end: start };
        Ok(Self { own, before })
    }

    /// Returns the week (Monday to Sunday) before the day of `at` in `zone`.
    ///
    /// # Errors
    /// [`InvalidPeriod`] at the ends of time.
    pub fn last_week(at: Timestamp, zone: Zone) -> Result<Self, InvalidPeriod> {
        let today = zone.local(at).date();
        let since_monday = i64::from(today.weekday().to_monday_zero_offset());
        let monday = today.checked_sub(since_monday.days()).map_err(|_| InvalidPeriod::Empty)?;
        Self::new(None, Some(Bound::Day(monday)), zone, at)
    }
}

/// Returns the start of `day` in `zone`.
pub(super) fn midnight(day: Date, zone: Zone) -> Option<Timestamp> {
    zone.instant(day.at(0, 0, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2027-11-10T10:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn period(from: Option<&str>, to: Option<&str>) -> Result<ReportPeriod, InvalidPeriod> {
        let bound = |text: &str| text.parse().expect("a bound");
        ReportPeriod::new(from.map(bound), to.map(bound), Zone::default(), at(NOW))
    }

    fn texts(period: ReportPeriod) -> [String; 3] {
        [period.before.start, period.own.start, period.own.end].map(|at| at.to_string())
    }

    #[test]
    fn days_are_those_of_the_zone_and_so_are_the_days_before() {
        let week = period(Some("2027-10-25"), Some("2027-11-01")).expect("a period");
        assert_eq!(texts(week), ["2027-10-17T21:00:00Z", "2027-10-24T21:00:00Z", "2027-10-31T22:00:00Z"]);
        assert_eq!(week.own.length(), SignedDuration::from_secs(608_400), "the clock goes back");
        let hours = period(Some("2027-10-31T00:00:00+03:00"), Some("2027-10-31T06:00:00Z")).expect("a period");
        assert_eq!(texts(hours), ["2027-10-30T12:00:00Z", "2027-10-30T21:00:00Z", "2027-10-31T06:00:00Z"]);
        let mixed = period(Some("2027-10-31"), Some("2027-11-01T00:00:00Z")).expect("a period");
        assert_eq!(texts(mixed), ["2027-10-29T18:00:00Z", "2027-10-30T21:00:00Z", "2027-11-01T00:00:00Z"]);
    }

    #[test]
    fn default_is_the_seven_days_before_today_and_nothing_is_later_than_now() {
        let week = texts(period(None, None).expect("a period"));
        assert_eq!(week, ["2027-10-26T21:00:00Z", "2027-11-02T22:00:00Z", "2027-11-09T22:00:00Z"]);
        let open = texts(period(Some("2027-11-10"), Some("2027-11-11")).expect("a period"));
        assert_eq!(open[1..], ["2027-11-09T22:00:00Z", "2027-11-10T10:00:00Z"]);
        let week = ReportPeriod::last_week(at("2027-11-08T07:00:00Z"), Zone::default()).expect("a week");
        assert_eq!(texts(week)[1..], ["2027-10-31T22:00:00Z", "2027-11-07T22:00:00Z"]);
        let late = ReportPeriod::last_week(at("2027-11-14T21:59:59Z"), Zone::default()).expect("a week");
        assert_eq!(late, week, "on Sunday it is still the week before this one");
    }

    #[test]
    fn empty_future_and_long_periods_are_refused() {
        for (from, to, error) in [
            ("2027-11-02", "2027-11-02", InvalidPeriod::Empty),
            ("2027-11-02", "2027-11-01", InvalidPeriod::Empty),
            ("2027-11-11", "2027-11-12", InvalidPeriod::Future),
            ("2027-07-30", "2027-10-31", InvalidPeriod::TooLong),
        ] {
            assert_eq!(period(Some(from), Some(to)), Err(error), "{from} {to}");
        }
        assert!(period(Some("2027-08-01"), Some("2027-11-01")).is_ok(), "92 days of which one has 25 hours");
        for bad in ["", "2027", "2027-11-31", "2027-11-01T00:00:00", "2027-1-01", "today", "2027-W01-1"] {
            assert_eq!(bad.parse::<Bound>(), Err(InvalidBound), "{bad}");
        }
    }
}
