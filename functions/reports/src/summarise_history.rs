//! Runs every hour: writes the summaries of the days that ended, of all chatbots, from their minutes.
//!
//! The progress is stored after each page of chatbots. A summary that is written again is the same.

use std::time::{Duration, SystemTime};

use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_domain::{chatbots::Chatbot, health::DaySummary};
use centops_store::{
    Store, StoreError,
    chatbots::ChatbotFilter,
    health::HISTORY_RETENTION,
    reports::{DaysPosition, DaysProgress, SUMMARY_DELAY},
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{Timestamp, civil::Date};
use lambda_runtime::Error;
use serde::de::IgnoredAny;

/// The chatbots of a page.
const PAGE: i32 = 50;
/// The summaries that are written at once. A day of minutes is some 300 KB.
const CONCURRENCY: usize = 4;
/// A run that has less time left ends after the current page; the next run goes on.
const RESERVE: Duration = Duration::from_mins(1);

/// The function.
#[derive(Debug)]
pub struct SummariseHistory {
    store: Store,
}

impl Consumer for SummariseHistory {
    type Event = IgnoredAny;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await? })
    }

    async fn handle(&self, _: IgnoredAny, invocation: &Invocation) -> Result<(), Error> {
        let days = summarise(&self.store, clock::now(), invocation.deadline).await?;
        if days > 0 {
            tracing::info!(days, "history summarised days={days}");
        }
        Ok(())
    }
}

/// Writes the summaries that are missing at `now`, until shortly before `deadline`. Returns the number of the days that are
/// done now.
///
/// # Errors
/// When the table does not answer. The next run goes on after the last page.
pub async fn summarise(store: &Store, now: Timestamp, deadline: SystemTime) -> Result<usize, StoreError> {
    let DaysProgress { mut done, mut position } = store.days_progress().await?;
    let mut days = 0;
    while let Some(day) = next_day(done, now) {
        let mut after = position.take().filter(|position| position.day == day).map(|position| position.after);
        loop {
            let page = store.chatbots(&ChatbotFilter::default(), after.as_ref(), PAGE).await?;
            let of_day = page.items.iter().filter(|chatbot| is_enrolled(chatbot, day));
            let summaries = of_day.map(|chatbot| store.summarise_day(chatbot, day));
            stream::iter(summaries).buffer_unordered(CONCURRENCY).try_collect::<()>().await?;
            let Some(last) = page.next else { break };
            let position = Some(DaysPosition { day, after: last.clone() });
            store.put_days_progress(&DaysProgress { done, position }).await?;
            if is_late(deadline) {
                return Ok(days);
            }
            after = Some(last);
        }
        done = Some(day);
        store.put_days_progress(&DaysProgress { done, position: None }).await?;
        days += 1;
        if is_late(deadline) {
            return Ok(days);
        }
    }
    Ok(days)
}

/// Returns the day that is to be summarised next; none if all days that ended are done. The first one is the oldest whose
/// minutes are all kept.
fn next_day(done: Option<Date>, now: Timestamp) -> Option<Date> {
    let yesterday = DaySummary::day_of(now - SUMMARY_DELAY).yesterday().ok()?;
    let oldest = DaySummary::day_of(now - HISTORY_RETENTION).tomorrow().ok()?;
    let next = match done {
        Some(done) => done.tomorrow().ok()?.max(oldest),
        None => oldest,
    };
    (next <= yesterday).then_some(next)
}

/// Returns whether `chatbot` was enrolled on `day` or before.
fn is_enrolled(chatbot: &Chatbot, day: Date) -> bool {
    DaySummary::day_of(chatbot.created_at) <= day
}

fn is_late(deadline: SystemTime) -> bool {
    let is_late = deadline.duration_since(SystemTime::now()).unwrap_or_default() < RESERVE;
    if is_late {
        tracing::warn!("summaries left to the next run");
    }
    is_late
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_summarised_once_they_no_longer_change() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        for (done, now, next) in [
            (Some(date(2026, 11, 24)), "2026-11-26T00:09:59Z", None),
            (Some(date(2026, 11, 24)), "2026-11-26T00:10:00Z", Some(date(2026, 11, 25))),
            (Some(date(2026, 11, 25)), "2026-11-26T23:00:00Z", None),
            (Some(date(2026, 11, 1)), "2026-11-26T23:00:00Z", Some(date(2026, 11, 2))),
            (Some(date(2026, 9, 1)), "2026-11-26T23:00:00Z", Some(date(2026, 10, 28))),
            (None, "2026-11-26T23:00:00Z", Some(date(2026, 10, 28))),
        ] {
            assert_eq!(next_day(done, at(now)), next, "{done:?} {now}");
        }
    }
}
