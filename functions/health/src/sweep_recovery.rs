//! Sweeps the recovery lane: hands out the items that are due until the next sweep has been handled.

use aws_lambda_events::sqs::SqsEvent;
use centops_api::{Consumer, Invocation, Metrics, Setup, StartError, clock};
use centops_contract::metrics::{ITEMS_HANDED_OUT, RECOVERY_DUE_AGE};
use centops_domain::health::Lane;
use centops_queues::WorkQueue;
use centops_store::{Store, health::DueEntry};
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Error;

use crate::handout::{self, SWEEP_INTERVAL, Sweep, hand_out, oldest_due_ms};

/// The time before an item is due at which it has been handed out: the index lags, and the prober may have to start.
const LEAD: SignedDuration = SignedDuration::from_secs(2);
/// The most items that one sweep hands out of each shard, the longest due first. The next sweep hands out the rest.
const MAX_DUE: usize = 500;

/// The function.
#[derive(Debug)]
pub struct SweepRecovery {
    store: Store,
    probes: WorkQueue,
}

impl Consumer for SweepRecovery {
    type Event = SqsEvent;
    type Answer = ();

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let probes = WorkQueue::from_setup(setup, "PROBES_QUEUE")?;
        Ok(Self { store: setup.store().await?, probes })
    }

    async fn handle(&self, event: SqsEvent, invocation: &Invocation) -> Result<(), Error> {
        for record in event.records {
            if let Some(sweep) = handout::read(record.body.as_deref()) {
                self.sweep(sweep, &invocation.metrics, clock::now()).await?;
            }
        }
        Ok(())
    }
}

impl SweepRecovery {
    async fn sweep(&self, sweep: Sweep, metrics: &Metrics, now: Timestamp) -> Result<(), Error> {
        if now >= sweep.at + SWEEP_INTERVAL {
            tracing::warn!(planned = %sweep.at, "sweep skipped, a later one follows");
            return Ok(());
        }
        let due = self.store.due(Lane::Recovery, horizon(sweep), MAX_DUE).await?;
        let oldest_due_ms = oldest_due_ms(&due, now);
        let due: Vec<_> = due.into_iter().filter(|entry| is_new(entry, sweep, now)).collect();
        self.probes.send(&hand_out(Lane::Recovery, &due, horizon(sweep) + SWEEP_INTERVAL)).await?;
        metrics.record(RECOVERY_DUE_AGE, oldest_due_ms);
        metrics.record(ITEMS_HANDED_OUT, due.len());
        tracing::info!(
            lane = Lane::Recovery.as_str(),
            handed_out = due.len(),
            oldest_due_ms,
            "due items handed out lane=recovery"
        );
        Ok(())
    }
}

/// Returns the time until which `sweep` hands items out.
fn horizon(sweep: Sweep) -> Timestamp {
    sweep.at + SWEEP_INTERVAL + LEAD
}

/// Returns whether the sweep before has not handed `entry` out. One that is due already is handed out again: its message
/// was lost, or it has become due since.
fn is_new(entry: &DueEntry, sweep: Sweep, now: Timestamp) -> bool {
    entry.at <= now || entry.at > horizon(sweep) - SWEEP_INTERVAL
}

#[cfg(test)]
mod tests {
    use centops_store::health::DueItem;

    use super::*;

    fn millisecond(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).expect("a time")
    }

    /// Returns the times of the sweeps that hand out an item that is due at `due` and in the index from `known` to
    /// `claimed`, all in milliseconds.
    fn handed_out(due: i64, known: i64, claimed: i64) -> Vec<i64> {
        let entry = DueEntry { item: DueItem::Chatbot("tax-board".parse().expect("a name")), at: millisecond(due) };
        let sweeps = (0..20).map(|number| 5000 * number);
        let hands_out = |at: &i64| {
            let sweep = Sweep { at: millisecond(*at) };
            let is_indexed = known <= *at && *at < claimed;
            is_indexed && entry.at <= horizon(sweep) && is_new(&entry, sweep, millisecond(*at))
        };
        sweeps.filter(hands_out).collect()
    }

    #[test]
    fn planned_item_is_handed_out_once_and_in_advance() {
        for due in (30_000..40_000).step_by(100) {
            let sweeps = handed_out(due, 0, due);
            assert!(sweeps.len() == 1 && (2000..=7000).contains(&(due - sweeps[0])), "{due} {sweeps:?}");
        }
    }

    #[test]
    fn new_item_is_handed_out_by_the_next_sweep() {
        for due in (30_000..40_000).step_by(100) {
            let first = handed_out(due, due + 50, i64::MAX)[0];
            assert!(first - due <= 5050, "{due} {first}");
        }
    }

    #[test]
    fn item_of_a_lost_message_is_handed_out_again() {
        assert_eq!(handed_out(33_000, 0, i64::MAX)[..3], [30_000, 35_000, 40_000]);
    }
}
