//! The messages of reports.

use centops_domain::notifications::SubscriptionId;
use jiff::Timestamp;

use crate::{
    ATTEMPTS, Store, StoreError,
    notifications::{Message, Queued},
};

impl Store {
    /// Returns whether the message `id` of a report to `subscription` was made before.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn has_report(&self, subscription: SubscriptionId, id: &str) -> Result<bool, StoreError> {
        match self.message(subscription, id).await {
            Ok(_) => Ok(true),
            Err(StoreError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Opens `message`, which has a report, at `now`: it is stored together with the wake-up of its subscription, and from
    /// then on delivered like any other. Returns when the caller has to wake the subscription; nothing to wake if the same
    /// message was made before. None if another message is being delivered: the caller tries again later.
    ///
    /// # Errors
    /// When the table does not answer. It may have been stored.
    pub async fn open_report(&self, message: &Message, now: Timestamp) -> Result<Option<Queued>, StoreError> {
        for _ in 0..ATTEMPTS {
            if self.has_report(message.subscription, &message.id).await? {
                // Whoever stored it may have stopped before the wake-up: the sweep of the minute finds it.
                return Ok(Some(Queued { wake_at: None }));
            }
            match self.put_open(message, now).await {
                Ok(opened) => return Ok(opened),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }
}
