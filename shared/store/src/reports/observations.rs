//! The observations of a chatbot in a period: from summaries of whole hours, and from minutes where there are none.

use std::ops::Range;

use centops_domain::{
    chatbots::Chatbot,
    health::{DaySummary, Health, Minute},
    reports::Period,
};
use jiff::{Timestamp, civil::Date};

use crate::{Store, StoreError, health::read_minute, keys};

/// The minutes of an hour.
const HOUR: i64 = 60;

impl Store {
    /// Returns the observations of `chatbot` in each of `periods`, to the minute. `health` is its health, and `summarised`
    /// the last day whose summaries are written. A summary is read once for all periods; minutes are added up as they are
    /// read, so that none is kept.
    ///
    /// # Errors
    /// When the table does not answer.
    pub(super) async fn observations(
        &self,
        chatbot: &Chatbot,
        health: &Health,
        summarised: Option<Date>,
        periods: [Period; 2],
    ) -> Result<[Minute; 2], StoreError> {
        let mut sums = [Minute::default(), Minute::default()];
        let ranges = periods.map(|period| minute_of(period.start)..minute_of(period.end));
        let first_unsummarised = summarised.map_or(0, |day| DaySummary::first_minute(day) + 24 * HOUR);
        for (day, summary) in self.summaries_of(chatbot, summarised, periods).await? {
            for (range, sum) in ranges.iter().zip(&mut sums) {
                summary.hours_within(day, range.start, range.end).for_each(|(_, hour)| sum.merge(hour));
            }
        }
        for (range, sum) in ranges.into_iter().zip(&mut sums) {
            for part in unsummarised(range, first_unsummarised) {
                self.add_minutes(chatbot, health, part, sum).await?;
            }
        }
        Ok(sums)
    }

    /// Returns the summaries of the days of `periods`, up to the day `summarised`.
    async fn summaries_of(
        &self,
        chatbot: &Chatbot,
        summarised: Option<Date>,
        periods: [Period; 2],
    ) -> Result<Vec<(Date, DaySummary)>, StoreError> {
        let start = periods.iter().map(|period| period.start).min().unwrap_or(chatbot.created_at);
        let end = periods.iter().map(|period| period.end).max().unwrap_or(start);
        let first = DaySummary::day_of(start.max(chatbot.created_at));
        match summarised.map(|day| day.min(DaySummary::day_of(end))) {
            Some(last) if first <= last => self.day_summaries(chatbot, first, last).await,
            _ => Ok(vec![]),
        }
    }

    /// Adds the minutes of `range` to `sum`: those of the history, and those that are in the health only.
    async fn add_minutes(
        &self,
        chatbot: &Chatbot,
        health: &Health,
        range: Range<i64>,
        sum: &mut Minute,
    ) -> Result<(), StoreError> {
        let pk = keys::history_pk(&chatbot.name, chatbot.created_at);
        let (from, to) = (keys::minute_sk(range.start.max(0)), keys::minute_sk((range.end - 1).max(0)));
        let mut kept = health.minutes().kept().clone();
        kept.retain(|start, _| range.contains(start));
        let mut items = self.table.query_range(&pk, from, to).into_paginator().items().send();
        while let Some(item) = items.next().await {
            let (start, minute) = read_minute(&item.map_err(|error| StoreError::unavailable(&error))?)?;
            kept.remove(&start);
            sum.merge(&minute);
        }
        for minute in kept.values() {
            sum.merge(minute);
        }
        Ok(())
    }
}

fn minute_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// Returns the parts of `range` that no whole hour before `first_unsummarised` covers.
fn unsummarised(range: Range<i64>, first_unsummarised: i64) -> Vec<Range<i64>> {
    let first_hour = range.start.div_euclid(HOUR) * HOUR;
    let first_hour = if first_hour < range.start { first_hour + HOUR } else { first_hour };
    let last_hour = range.end.min(first_unsummarised).div_euclid(HOUR) * HOUR;
    if first_hour >= last_hour {
        return vec![range].into_iter().filter(|range| !range.is_empty()).collect();
    }
    let parts = [range.start..first_hour, last_hour..range.end];
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "a part is a range")]
    fn minutes_are_read_where_no_summary_has_the_whole_hour() {
        for (range, first, parts) in [
            (60..180, 1440, vec![]),
            (61..180, 1440, vec![61..120]),
            (60..179, 1440, vec![120..179]),
            (61..119, 1440, vec![61..119]),
            (60..2000, 1440, vec![1440..2000]),
            (61..2000, 1440, vec![61..120, 1440..2000]),
            (1500..2000, 1440, vec![1500..2000]),
            (60..180, 0, vec![60..180]),
            (60..60, 1440, vec![]),
        ] {
            assert_eq!(unsummarised(range.clone(), first), parts, "{range:?} {first}");
        }
    }
}
