//! When a planned outage takes place: once, or again and again.
//!
//! The start is a time that clocks show in a zone, and the length is exact minutes. Everything behind a rule works with
//! instants only ([`Occurrence`]).
//!
//! A start that clocks skip is as much later as they skip, and one that they show twice is the first. RFC 5545, section
//! 3.3.10, leaves a recurrence in such a gap out; the work takes place all the same, so here it does not.

use std::collections::BTreeSet;

use jiff::{
    Span, Timestamp, ToSpan as _,
    civil::{Date, DateTime, Weekday},
};
use serde::{Deserialize, Serialize};

use super::monthly::{MonthDay, month_after};
use crate::notifications::Zone;

mod civil;

/// The longest planned outage, in minutes: a day.
pub const MAX_MINUTES: u16 = 24 * 60;
/// The most weeks or months between two occurrences.
const MAX_EVERY: u8 = 52;
/// The most days that a rule leaves out.
const MAX_EXCEPTIONS: usize = 100;

/// The rule of a planned outage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recurrence {
    /// The first start, as clocks show it in `zone`.
    #[serde(deserialize_with = "civil::date_time")]
    pub start: DateTime,
    /// The zone.
    #[serde(default)]
    pub zone: Zone,
    /// The length in minutes, however clocks change: 1 to [`MAX_MINUTES`].
    pub minutes: u16,
    /// The repetition.
    #[serde(default)]
    pub repeat: Repeat,
    /// The days of `zone` on which no occurrence starts, though the rule has one.
    #[serde(default, deserialize_with = "civil::dates", skip_serializing_if = "BTreeSet::is_empty")]
    pub exceptions: BTreeSet<Date>,
    /// The last day of `zone` on which an occurrence starts.
    #[serde(default, deserialize_with = "civil::last", skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

/// The repetition of a planned outage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Repeat {
    /// None.
    #[default]
    Once,
    /// On weekdays of every nth week. Weeks begin on Monday.
    Weekly {
        /// The number of weeks: 1 for each.
        every: u8,
        /// The weekdays.
        #[serde(with = "crate::weekday::list")]
        weekdays: Vec<Weekday>,
    },
    /// On a day of every nth month.
    Monthly {
        /// The number of months: 1 for each.
        every: u8,
        /// The day.
        on: MonthDay,
    },
}

/// One occurrence of a planned outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Occurrence {
    /// The start.
    pub start: Timestamp,
    /// The planned end.
    pub end: Timestamp,
}

/// The reason why a rule is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRecurrence {
    /// The start has seconds.
    #[error("a planned outage starts at a full minute")]
    Seconds,
    /// No length, or more than a day.
    #[error("a planned outage takes 1 to {MAX_MINUTES} minutes")]
    Length,
    /// No repetition, or one that is too rare.
    #[error("a planned outage is repeated every 1 to {MAX_EVERY} weeks or months")]
    Every,
    /// No weekday.
    #[error("a weekly outage has at least one weekday")]
    Weekdays,
    /// A number that no month has.
    #[error("a day of a month is 1 to 31")]
    Day,
    /// The first start is on another day than those of the rule.
    #[error("the first start is on a day of the rule")]
    Start,
    /// The last day is before the first.
    #[error("the last day is not before the first start")]
    Until,
    /// Too many days are left out.
    #[error("a rule leaves out at most {MAX_EXCEPTIONS} days")]
    Exceptions,
}

impl Recurrence {
    /// Checks the rule.
    ///
    /// # Errors
    /// [`InvalidRecurrence`].
    pub fn check(&self) -> Result<(), InvalidRecurrence> {
        let time = self.start.time();
        if time.second() != 0 || time.subsec_nanosecond() != 0 {
            return Err(InvalidRecurrence::Seconds);
        }
        if !(1..=MAX_MINUTES).contains(&self.minutes) {
            return Err(InvalidRecurrence::Length);
        }
        self.repeat.check()?;
        if self.until.is_some_and(|until| until < self.start.date()) {
            return Err(InvalidRecurrence::Until);
        }
        if self.exceptions.len() > MAX_EXCEPTIONS {
            return Err(InvalidRecurrence::Exceptions);
        }
        let first = self.dates(self.start.date()).next();
        if first == Some(self.start.date()) { Ok(()) } else { Err(InvalidRecurrence::Start) }
    }

    /// Returns the occurrences that start in `from..to`, in order.
    #[must_use]
    pub fn occurrences(&self, from: Timestamp, to: Timestamp) -> Vec<Occurrence> {
        self.starting(from).take_while(|occurrence| occurrence.start < to).collect()
    }

    /// Returns the first occurrence that starts after `at`.
    #[must_use]
    pub fn next_after(&self, at: Timestamp) -> Option<Occurrence> {
        self.starting(at).find(|occurrence| occurrence.start > at)
    }

    /// Returns the occurrences that start at `from` or later, in order.
    pub(super) fn starting(&self, from: Timestamp) -> impl Iterator<Item = Occurrence> + '_ {
        // A zone is at most a day away from any other.
        let earliest = self.zone.local(from).date().saturating_sub(2.days());
        let dates = self.dates(earliest).take_while(|date| self.until.is_none_or(|until| *date <= until));
        let dates = dates.filter(|date| !self.exceptions.contains(date));
        let occurrences = dates.map_while(|date| {
            let start = self.zone.instant(date.to_datetime(self.start.time()))?;
            let end = start.checked_add(i64::from(self.minutes).minutes()).ok()?;
            Some(Occurrence { start, end })
        });
        occurrences.filter(move |occurrence| occurrence.start >= from)
    }

    /// Returns the first occurrence that starts at `from` or later.
    #[must_use]
    pub fn next_from(&self, from: Timestamp) -> Option<Occurrence> {
        self.starting(from).next()
    }

    /// Returns the days of the rule from `earliest` on, exceptions included and whatever the last day is, in order.
    fn dates(&self, earliest: Date) -> Box<dyn Iterator<Item = Date> + '_> {
        let first = self.start.date();
        let earliest = earliest.max(first);
        match &self.repeat {
            Repeat::Once => Box::new(Some(first).into_iter().filter(move |date| *date >= earliest)),
            Repeat::Weekly { every, weekdays } => {
                let monday = first.saturating_sub(days(first.weekday().to_monday_zero_offset()));
                let week = 7 * i64::from((*every).max(1));
                let passed = (earliest - monday).get_days();
                let skipped = i64::from(passed) / week * week;
                let starts =
                    (0..).map_while(move |number: i64| monday.checked_add((skipped + number * week).days()).ok());
                let dates = starts.flat_map(move |monday| {
                    let offsets = (0..7)
                        .filter(|offset| weekdays.iter().any(|weekday| weekday.to_monday_zero_offset() == *offset));
                    offsets.filter_map(move |offset| monday.checked_add(days(offset)).ok()).collect::<Vec<_>>()
                });
                Box::new(dates.filter(move |date| *date >= earliest))
            }
            Repeat::Monthly { every, on } => {
                let every = i32::from((*every).max(1));
                let passed = (i32::from(earliest.year()) - i32::from(first.year())) * 12 + i32::from(earliest.month())
                    - i32::from(first.month());
                let skipped = passed / every * every;
                let months = (0..).map_while(move |number: i32| {
                    let (year, month) = month_after(first, skipped + number * every)?;
                    Date::new(year, month, 1).ok()
                });
                let dates = months.filter_map(move |month| on.in_month(month.year(), month.month()));
                Box::new(dates.filter(move |date| *date >= earliest))
            }
        }
    }
}

impl Repeat {
    fn check(&self) -> Result<(), InvalidRecurrence> {
        match self {
            Self::Weekly { every, .. } | Self::Monthly { every, .. } if !(1..=MAX_EVERY).contains(every) => {
                Err(InvalidRecurrence::Every)
            }
            Self::Weekly { weekdays, .. } if weekdays.is_empty() => Err(InvalidRecurrence::Weekdays),
            Self::Monthly { on, .. } if !on.is_valid() => Err(InvalidRecurrence::Day),
            Self::Once | Self::Weekly { .. } | Self::Monthly { .. } => Ok(()),
        }
    }
}

fn days(count: i8) -> Span {
    i64::from(count).days()
}

#[cfg(test)]
mod tests;
