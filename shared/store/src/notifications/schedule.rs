//! When the rounds of a subscription are due.

use centops_domain::notifications::{SendHistory, SubscriptionId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ATTEMPTS, Store, StoreError, Versioned, attributes, keys,
    table::{self, Condition, Item},
};

/// The sort key of a subscription's schedule.
pub(super) const SCHEDULE: &str = "SCHEDULE";
/// The schedule of a subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// When the next round is due; none while nothing waits for a time. While a message is open, whoever delivers it
    /// has until then, and the next retry of one that was not accepted begins then.
    pub due: Option<Timestamp>,
    /// The hold on the next message.
    #[serde(default, skip_serializing_if = "Hold::is_none")]
    pub hold: Hold,
    /// The messages that were sent.
    pub history: SendHistory,
}

/// A hold on the next message. Messages are delivered one after the other, so that their order is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Hold {
    /// Nothing.
    #[default]
    None,
    /// A message is being delivered.
    Delivering,
    /// A message was not accepted, and is tried again.
    #[serde(rename_all = "camelCase")]
    Retrying {
        /// The earliest retry. Something new that is ready by then makes the retry earlier.
        not_before: Timestamp,
    },
}

impl Hold {
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// The result of queueing a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queued {
    /// The time at which the caller has to wake the subscription; none if it will be woken already.
    pub wake_at: Option<Timestamp>,
}

impl Store {
    /// Schedules a round of the subscription `id` for `at`, unless one is scheduled for that time or earlier: that one
    /// sees what is pending, and schedules the next. A round also follows the message that is being delivered.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn schedule_by(&self, id: SubscriptionId, at: Timestamp) -> Result<Queued, StoreError> {
        for _ in 0..ATTEMPTS {
            let stored = self.table.get(keys::notify(id, SCHEDULE)).await?;
            let (schedule, version) = match stored.as_ref().map(read_schedule).transpose()? {
                Some(Versioned { value, version }) => (value, version),
                None => (Schedule::default(), 0),
            };
            let at = match schedule.hold {
                Hold::None => at,
                Hold::Delivering => return Ok(Queued { wake_at: None }),
                Hold::Retrying { not_before } => at.max(not_before),
            };
            if schedule.due.is_some_and(|due| due <= at) {
                return Ok(Queued { wake_at: None });
            }
            if self.put_schedule(id, Schedule { due: Some(at), ..schedule }, version).await?.is_some() {
                return Ok(Queued { wake_at: Some(at) });
            }
        }
        Err(StoreError::Contended)
    }

    /// Replaces the schedule of the subscription `id` that has `version`. None if it changed meanwhile.
    pub(super) async fn put_schedule(
        &self,
        id: SubscriptionId,
        next: Schedule,
        version: i64,
    ) -> Result<Option<Versioned<Schedule>>, StoreError> {
        let next = Versioned { value: next, version: version + 1 };
        match self.table.put_idempotent(schedule_item(id, &next)?, Condition::replaces(version)).await {
            Ok(()) => Ok(Some(next)),
            Err(error) => error.retryable().map(|()| None),
        }
    }
}

/// Returns the item of a schedule. It is in the index of due items while a round is due.
pub(super) fn schedule_item(id: SubscriptionId, schedule: &Versioned<Schedule>) -> Result<Item, StoreError> {
    let mut item = table::to_json_item(keys::notify(id, SCHEDULE), attributes::DOCUMENT, schedule)?;
    item.extend(schedule.value.due.into_iter().flat_map(|at| keys::due_notification(id, at)));
    Ok(item)
}

pub(super) fn read_schedule(item: &Item) -> Result<Versioned<Schedule>, StoreError> {
    table::from_json_item(item, attributes::DOCUMENT)
}
