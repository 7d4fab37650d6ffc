//! Days of a month.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// A day of each month that has it. As JSON `{"day": 15}`, `"last"` or `{"weekday": {"nth": "second", "weekday": "sunday"}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MonthDay {
    /// The day with this number, 1 to 31. A shorter month has none.
    Day(i8),
    /// The last day.
    Last,
    /// A weekday, counted from the first or the last of the month.
    Weekday {
        /// Which of them. Not every month has a fifth.
        nth: Nth,
        /// The weekday.
        #[serde(with = "crate::weekday")]
        weekday: Weekday,
    },
}

/// The place of a weekday in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nth {
    /// The first.
    First,
    /// The second.
    Second,
    /// The third.
    Third,
    /// The fourth.
    Fourth,
    /// The fifth.
    Fifth,
    /// The last.
    Last,
}

impl MonthDay {
    /// Returns whether a month may have the day.
    pub(super) fn is_valid(self) -> bool {
        !matches!(self, Self::Day(day) if !(1..=31).contains(&day))
    }

    /// Returns the date in the month; none if the month does not have it.
    pub(super) fn in_month(self, year: i16, month: i8) -> Option<Date> {
        let first = Date::new(year, month, 1).ok()?;
        match self {
            Self::Day(day) => Date::new(year, month, day).ok(),
            Self::Last => Some(first.last_of_month()),
            Self::Weekday { nth, weekday } => first.nth_weekday_of_month(nth.number(), weekday).ok(),
        }
    }
}

impl Nth {
    fn number(self) -> i8 {
        match self {
            Self::First => 1,
            Self::Second => 2,
            Self::Third => 3,
            Self::Fourth => 4,
            Self::Fifth => 5,
            Self::Last => -1,
        }
    }
}

/// Returns the month `months` after that of `from`.
pub(super) fn month_after(from: Date, months: i32) -> Option<(i16, i8)> {
    let index = i32::from(from.year()) * 12 + i32::from(from.month()) - 1 + months;
    let (year, month) = (i16::try_from(index.div_euclid(12)).ok()?, i8::try_from(index.rem_euclid(12)).ok()? + 1);
    Some((year, month))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn day_is_that_of_the_calendar_or_none() {
        let sunday = |nth| MonthDay::Weekday { nth, weekday: Weekday::Sunday };
        for (day, year, month, expected) in [
            (MonthDay::Last, 2027, 3, Some(31)),
            (MonthDay::Last, 2028, 2, Some(29)),
            (MonthDay::Last, 2027, 2, Some(28)),
            (MonthDay::Day(31), 2027, 4, None),
            (MonthDay::Day(29), 2027, 2, None),
            (MonthDay::Day(1), 2027, 4, Some(1)),
            (sunday(Nth::First), 2027, 8, Some(1)),
            (sunday(Nth::Fifth), 2027, 8, Some(29)),
            (sunday(Nth::Fifth), 2027, 9, None),
            (sunday(Nth::Last), 2027, 9, Some(26)),
            (sunday(Nth::Last), 2027, 8, Some(29)),
        ] {
            let expected = expected.map(|day| date(year, month, day));
            assert_eq!(day.in_month(year, month), expected, "{day:?} {year}-{month}");
        }
        assert!(!MonthDay::Day(0).is_valid() && MonthDay::Day(1).is_valid());
        assert!(!MonthDay::Day(32).is_valid() && MonthDay::Day(31).is_valid());
        assert_eq!(month_after(date(2026, 11, 26), 3), Some((2027, 2)));
        assert_eq!(month_after(date(2026, 11, 26), 1), Some((2026, 12)));
    }
}
