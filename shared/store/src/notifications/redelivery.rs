//! Redelivery: a message that was sent or given up is delivered again.

use centops_domain::notifications::Subscription;
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
    table::{Condition, WriteError},
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
        let owner = message.subscription;
        if self.table.get(keys::notify(owner, OPEN)).await?.is_some() {
            return Ok(None);
        }
        let stored = self.table.get(keys::notify(owner, SCHEDULE)).await?;
        let schedule = stored.as_ref().map(read_schedule).transpose()?;
        let (schedule, version) = schedule.map_or_else(Default::default, |stored| (stored.value, stored.version));
        let mut history = schedule.history;
        history.record(now);
        let schedule = Schedule { due: Some(now), hold: Hold::Retrying { not_before: now }, history };
        let schedule = Versioned { value: schedule, version: version + 1 };
        let open = Settlement { message: Some(message.id.clone()), settled: vec![], changes: vec![] };
        let transaction = self
            .transaction()
            .put(schedule_item(owner, &schedule)?, Condition::replaces(version))?
            .put(open_item(owner, &open)?, Condition::Absent)?
            .put(message_item(&message.clone().first())?, Condition::Absent)?;
        transaction.commit().await?;
        Ok(Some(Queued { wake_at: Some(now) }))
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
            if self.table.get(keys::notify(owner, OPEN)).await?.is_some() {
                return Err(RedeliverError::Busy);
            }
            let stored = self.table.get(keys::notify(owner, SCHEDULE)).await?;
            let schedule = stored.as_ref().map(read_schedule).transpose()?;
            let (schedule, version) = schedule.map_or_else(Default::default, |stored| (stored.value, stored.version));
            // Like one that waits for its retry, so that the next round takes it over.
            let hold = Hold::Retrying { not_before: at };
            let schedule = Schedule { due: Some(at), hold, ..schedule };
            let schedule = Versioned { value: schedule, version: version + 1 };
            let open = Settlement { message: Some(id.to_owned()), settled: vec![], changes: vec![] };
            let message =
                Message { state: MessageState::Sending, attempts: attempts(old.value.attempts), ..old.value.clone() };
            let message = Versioned { value: message, version: old.version + 1 };
            let transaction = self
                .transaction()
                .put(schedule_item(owner, &schedule)?, Condition::replaces(version))?
                .put(open_item(owner, &open)?, Condition::Absent)?
                .put(message_item(&message)?, Condition::Version(old.version))?;
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
