//! Wake-ups: messages that let the function `deliver-notifications` look at a subscription.

use centops_api::{FromSetup, Setup, StartError};
use centops_domain::notifications::SubscriptionId;
use centops_queues::{MAX_DELAY, WorkQueue, WorkQueueError};
use centops_store::{Store, notifications::Queued};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A wake-up of one subscription. Nothing relies on its arrival: the sweep of each minute finds what is overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wake {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// When its round is due.
    pub at: Timestamp,
}

impl Wake {
    /// Returns the wake-up of `subscription` that the caller has to send; none if another wakes it.
    #[must_use]
    pub fn of(subscription: SubscriptionId, queued: Queued) -> Option<Self> {
        queued.wake_at.map(|at| Self { subscription, at })
    }

    /// Returns the delay of the message in whole seconds at `now`, so that it does not arrive early. None if it is longer
    /// than a message can wait: then the sweep of the minute wakes the subscription.
    fn delay(self, now: Timestamp) -> Option<i32> {
        let milliseconds = (self.at.as_millisecond() - now.as_millisecond()).max(0);
        i32::try_from((milliseconds + 999) / 1000).ok().filter(|delay| *delay <= MAX_DELAY)
    }
}

/// Returns the queue of wake-ups.
///
/// # Errors
/// When its variable is not set.
pub(crate) fn queue(setup: &Setup) -> Result<WorkQueue, StartError> {
    WorkQueue::from_setup(setup, "NOTIFICATIONS_QUEUE")
}

/// Sends `wakes` to `queue` at `now`.
///
/// # Errors
/// When the queue does not accept them.
pub async fn send(queue: &WorkQueue, wakes: &[Wake], now: Timestamp) -> Result<(), WorkQueueError> {
    let messages: Vec<_> = wakes.iter().filter_map(|wake| wake.delay(now).map(|delay| (*wake, delay))).collect();
    queue.send(&messages).await
}

/// The table, and the queue of wake-ups: the state of an operation after which a subscription has something to deliver.
#[derive(Debug)]
pub struct Waking {
    /// The table.
    pub store: Store,
    wakes: WorkQueue,
}

impl FromSetup for Waking {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, wakes: queue(setup)? })
    }
}

impl Waking {
    /// Returns the state with this table and queue.
    #[must_use]
    pub fn new(store: Store, wakes: WorkQueue) -> Self {
        Self { store, wakes }
    }

    /// Wakes `subscription` as `queued` says. A failure is logged: the sweep of the minute wakes it then.
    pub async fn wake(&self, subscription: SubscriptionId, queued: Queued, now: Timestamp) {
        self.send(Wake::of(subscription, queued).as_slice(), now).await;
    }

    /// Sends `wakes`. A failure is logged: the sweep of the minute wakes their subscriptions then.
    pub async fn send(&self, wakes: &[Wake], now: Timestamp) {
        if let Err(error) = send(&self.wakes, wakes, now).await {
            tracing::warn!(%error, count = wakes.len(), "failed to send wake-ups");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wake_up_is_never_early_and_far_ones_are_left_to_the_sweep() {
        let at = |millisecond| Timestamp::from_millisecond(millisecond).expect("a time");
        let delay = |wake, now| {
            let subscription = "0".repeat(32).parse().expect("an id");
            Wake { subscription, at: at(wake) }.delay(at(now))
        };
        for (wake, now, expected) in [
            (30_000, 0, Some(30)),
            (30_001, 0, Some(31)),
            (30_000, 999, Some(30)),
            (0, 5000, Some(0)),
            (900_000, 0, Some(900)),
            (900_001, 0, None),
            (i64::from(i32::MAX) * 10_000, 0, None),
        ] {
            assert_eq!(delay(wake, now), expected, "{wake} {now}");
        }
    }
}
