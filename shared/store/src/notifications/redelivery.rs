//! Redelivery: a message that was sent or given up is delivered again.

use centops_domain::notifications::{Subscription, SubscriptionId};
use jiff::Timestamp;

use super::{
    messages::{Message, MessageState, message_item},
    rounds::{OPEN, Settlement, open_item},
    schedule::{Hold, Queued, SCHEDULE, Schedule, read_schedule, schedule_item},
    subscriptions::subject_of,
};
use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    audit::AuditContext,
    keys,
    table::{Condition, Transaction, WriteError},
};

/// The reason why a message is not delivered again.
#[derive(Debug, thiserror::Error)]
pub enum RedeliverError {
    /// It is being delivered, or waits for its next attempt.
    #[error("the message is being delivered")]
    Underway,
    /// Another message of the subscription is being delivered. One is delivered at a time, so that they keep their order.
    #[error("another message is being delivered")]
    Busy,
    /// Error of the table; [`StoreError::NotFound`] if there is no such message.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The writes that open a message.
struct Opening {
    /// The next schedule of the subscription, with its version.
    schedule: Versioned<Schedule>,
    settlement: Settlement,
}

impl Transaction<'_> {
    /// Adds the writes of `opening`, on the condition that nothing else was opened or scheduled since it was made.
    fn opening(self, owner: SubscriptionId, opening: &Opening) -> Result<Self, StoreError> {
        let replaced = Condition::replaces(opening.schedule.version - 1);
        self.put(schedule_item(owner, &opening.schedule)?, replaced)?
            .put(open_item(owner, &opening.settlement)?, Condition::Absent)
    }
}

impl Store {
    /// Opens the message `id` of `subscription` again, with the same id and text, for as many attempts as a new one. Returns
    /// when to wake the subscription: whoever looks at it takes the message over.
    ///
    /// # Errors
    /// [`RedeliverError`].
    pub async fn redeliver(
        &self,
        audit: &AuditContext<'_>,
        subscription: &Subscription,
        id: &str,
    ) -> Result<Queued, RedeliverError> {
        self.reopen(audit, subscription, id, audit.now, |_| 0).await
    }

    /// Opens the message `id` of `subscription` again at `at`, after its mailbox refused it for now. Its attempts count.
    ///
    /// # Errors
    /// [`RedeliverError`].
    pub async fn retry_bounced(
        &self,
        audit: &AuditContext<'_>,
        subscription: &Subscription,
        id: &str,
        at: Timestamp,
    ) -> Result<Queued, RedeliverError> {
        self.reopen(audit, subscription, id, at, |attempts| attempts).await
    }

    /// Stores the new `message`, and opens it at `now`. None if another message of the subscription is being delivered.
    pub(crate) async fn put_open(&self, message: &Message, now: Timestamp) -> Result<Option<Queued>, WriteError> {
        let Some(mut opening) = self.opening(message.subscription, &message.id, now).await? else { return Ok(None) };
        opening.schedule.value.history.record(now);
        let transaction = self.transaction().opening(message.subscription, &opening)?;
        transaction.put(message_item(&message.clone().first())?, Condition::Absent)?.commit().await?;
        Ok(Some(Queued { wake_at: Some(now) }))
    }

    /// Returns what opens the message `id` of the subscription `owner` at `at`: like one that waits for its retry, so that
    /// the next round takes it over. None if another message is being delivered.
    async fn opening(&self, owner: SubscriptionId, id: &str, at: Timestamp) -> Result<Option<Opening>, StoreError> {
        if self.table.get(keys::notify(owner, OPEN)).await?.is_some() {
            return Ok(None);
        }
        let stored = self.table.get(keys::notify(owner, SCHEDULE)).await?;
        let stored = stored.as_ref().map(read_schedule).transpose()?;
        let (schedule, version) = stored.map_or_else(Default::default, |stored| (stored.value, stored.version));
        let schedule = Schedule { due: Some(at), hold: Hold::Retrying { not_before: at }, ..schedule };
        let schedule = Versioned { value: schedule, version: version + 1 };
        let settlement = Settlement { message: Some(id.to_owned()), settled: vec![], changes: vec![], told: vec![] };
        Ok(Some(Opening { schedule, settlement }))
    }

    async fn reopen(
        &self,
        audit: &AuditContext<'_>,
        subscription: &Subscription,
        id: &str,
        at: Timestamp,
        attempts: impl Fn(u32) -> u32,
    ) -> Result<Queued, RedeliverError> {
        let owner = subscription.id;
        for _ in 0..ATTEMPTS {
            let old = self.message(owner, id).await?;
            if matches!(old.value.state, MessageState::Sending | MessageState::Waiting { .. }) {
                return Err(RedeliverError::Underway);
            }
            let opening = self.opening(owner, id, at).await?.ok_or(RedeliverError::Busy)?;
            let message =
                Message { state: MessageState::Sending, attempts: attempts(old.value.attempts), ..old.value.clone() };
            let message = Versioned { value: message, version: old.version + 1 };
            let transaction = self.transaction().opening(owner, &opening)?;
            let transaction = transaction.put(message_item(&message)?, Condition::Version(old.version))?;
            let (before, after) = (audited(&old.value), audited(&message.value));
            match transaction.audit(audit, subject_of(subscription), &before, &after)?.commit().await {
                Ok(()) => return Ok(Queued { wake_at: Some(at) }),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }
}

/// Returns the message as the audit record shows it.
fn audited(message: &Message) -> serde_json::Value {
    let Message { id, subscription, state, attempts, .. } = message;
    serde_json::json!({ "message": id, "subscription": subscription, "state": state, "attempts": attempts })
}
