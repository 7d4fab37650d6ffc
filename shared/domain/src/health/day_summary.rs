//! The history of a chatbot by hours, a day (UTC) at a time. A month of minutes is too much to read for one report.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::health::history::Minute;

const MINUTES_OF_HOUR: i64 = 60;
const MINUTES_OF_DAY: i64 = 24 * MINUTES_OF_HOUR;

/// The observations of a day by hour (UTC). Every zone that reports have begins its days at a full hour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaySummary {
    /// The hours with observations, by the number of the hour.
    hours: BTreeMap<u8, Minute>,
}

impl DaySummary {
    /// Returns the first minute of `day`, in Unix minutes.
    #[must_use]
    pub fn first_minute(day: Date) -> i64 {
        day.to_zoned(TimeZone::UTC).map_or(0, |start| start.timestamp().as_second().div_euclid(60))
    }

    /// Returns the day of `at`.
    #[must_use]
    pub fn day_of(at: Timestamp) -> Date {
        at.to_zoned(TimeZone::UTC).date()
    }

    /// Returns the summary of `day`. `minutes` are in Unix minutes; those of other days are left out.
    #[must_use]
    pub fn new<'a>(day: Date, minutes: impl IntoIterator<Item = (&'a i64, &'a Minute)>) -> Self {
        let first = Self::first_minute(day);
        let mut hours = BTreeMap::<u8, Minute>::new();
        for (start, minute) in minutes {
            let offset = start - first;
            if (0..MINUTES_OF_DAY).contains(&offset)
                && let Ok(hour) = u8::try_from(offset / MINUTES_OF_HOUR)
            {
                hours.entry(hour).or_default().merge(minute);
            }
        }
        Self { hours }
    }

    /// Returns whether nothing was observed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hours.is_empty()
    }

    /// Returns the hours of the summary of `day` that lie in `from..to` (Unix minutes) as a whole, with their first minutes.
    pub fn hours_within(&self, day: Date, from: i64, to: i64) -> impl Iterator<Item = (i64, &Minute)> {
        let first = Self::first_minute(day);
        let hours = self.hours.iter().map(move |(hour, sum)| (first + i64::from(*hour) * MINUTES_OF_HOUR, sum));
        hours.filter(move |(start, _)| from <= *start && start + MINUTES_OF_HOUR <= to)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn minute(failed: u32) -> Minute {
        let mut minute = Minute::default();
        minute.failed = failed;
        minute
    }

    #[test]
    fn hours_have_the_sums_of_their_minutes() {
        let day = date(2026, 11, 26);
        let first = DaySummary::first_minute(day);
        let minutes = BTreeMap::from([
            (first - 1, minute(1)),
            (first, minute(2)),
            (first + 59, minute(3)),
            (first + 60, minute(4)),
            (first + 1439, minute(5)),
            (first + 1440, minute(6)),
        ]);
        let summary = DaySummary::new(day, &minutes);
        let within = |from, to| {
            let hours = summary.hours_within(day, first + from, first + to);
            hours.map(|(start, sum)| (start - first, sum.failed)).collect::<Vec<_>>()
        };
        assert_eq!(within(0, 1440), [(0, 5), (60, 4), (1380, 5)]);
        assert_eq!(within(1, 1439), [(60, 4)], "hours that are cut are left out");
        assert!(!summary.is_empty() && DaySummary::new(date(2026, 11, 24), &minutes).is_empty());
        let noon: Timestamp = "2026-11-26T12:00:00+02:00".parse().expect("a time");
        assert_eq!(DaySummary::day_of(noon), day);
    }
}
