//! Runs every minute: queues the sweeps of the recovery lane, and sweeps the silence lane.

use centops_api::{Consumer, Invocation, Metrics, Setup, StartError, clock};
use centops_contract::metrics::{ITEMS_HANDED_OUT, SILENCE_DUE_AGE};
use centops_domain::health::Lane;
use centops_queues::WorkQueue;
use centops_store::Store;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Error;
use serde::de::IgnoredAny;

use crate::handout::{SWEEP_INTERVAL, Sweep, hand_out, oldest_due_ms};

/// The time from one run to the next.
const INTERVAL: SignedDuration = SignedDuration::from_mins(1);
/// The most entries of the silence lane that are read in each shard.
const MAX_READ: usize = 50_000;
/// The most items of the silence lane that are handed out in one run. It is no more than the lane's probers evaluate
/// until the next run, which hands out the rest.
const MAX_SILENT: usize = 4000;

/// The function.
#[derive(Debug)]
pub struct ScheduleProbes {
    store: Store,
    sweeps: WorkQueue,
    silence: WorkQueue,
}

impl Consumer for ScheduleProbes {
    type Event = IgnoredAny;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let sweeps = WorkQueue::from_setup(setup, "SWEEPS_QUEUE")?;
        let silence = WorkQueue::from_setup(setup, "SILENCE_QUEUE")?;
        Ok(Self { store: setup.store().await?, sweeps, silence })
    }

    async fn handle(&self, _: IgnoredAny, invocation: &Invocation) -> Result<(), Error> {
        // First, so that the recovery lane does not wait for the silence lane.
        self.sweeps.send(&sweeps(clock::now())).await?;
        self.sweep_silence(&invocation.metrics, clock::now()).await
    }
}

impl ScheduleProbes {
    async fn sweep_silence(&self, metrics: &Metrics, now: Timestamp) -> Result<(), Error> {
        let mut due = self.store.due_for_silence(now, MAX_READ).await?;
        let count = due.entries.len();
        due.entries.truncate(MAX_SILENT);
        self.silence.send(&hand_out(Lane::Silence, &due.entries, now + INTERVAL)).await?;
        let oldest_due_ms = oldest_due_ms(&due.entries, now);
        metrics.record(SILENCE_DUE_AGE, oldest_due_ms);
        metrics.record(ITEMS_HANDED_OUT, due.entries.len());
        tracing::info!(
            lane = Lane::Silence.as_str(),
            read = due.read,
            due = count,
            handed_out = due.entries.len(),
            oldest_due_ms,
            "due items handed out lane=silence"
        );
        Ok(())
    }
}

/// Returns the sweeps of the minute that begins at `now`, each with its delay in seconds.
fn sweeps(now: Timestamp) -> Vec<(Sweep, i32)> {
    let interval = SWEEP_INTERVAL.as_secs();
    let first = now.as_second().div_euclid(interval) * interval;
    let sweep = |at: i64| {
        Some((Sweep { at: Timestamp::from_second(at).ok()? }, i32::try_from(at - now.as_second()).ok()?.max(0)))
    };
    (0..INTERVAL.as_secs() / interval).filter_map(|number| sweep(first + number * interval)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millisecond(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).expect("a time")
    }

    #[test]
    fn sweeps_of_consecutive_minutes_tile_time() {
        let all: Vec<_> = (0..3).flat_map(|minute| sweeps(millisecond(1_790_000_003_217 + minute * 60_000))).collect();
        let times: Vec<_> = all.iter().map(|(sweep, _)| sweep.at.as_second()).collect();
        let expected: Vec<_> = (0..36).map(|number| 1_790_000_000 + 5 * number).collect();
        assert_eq!(times, expected);
        let delays: Vec<_> = all[..12].iter().map(|(_, delay)| *delay).collect();
        assert_eq!(delays, [0, 2, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52], "none starts after its time by a second");
    }
}
