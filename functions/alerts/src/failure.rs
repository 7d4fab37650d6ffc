//! Failures: a subscription whose messages do not arrive is marked, and the institution's other subscriptions are told.

use centops_domain::notifications::{Content, EndedBy, Importance, PendingNotification, State};
use centops_store::{
    Store,
    audit::AuditContext,
    notifications::{StoredSubscription, SubscribeError},
};

use crate::{fan_out::queue_all, wake::Wake};

/// A failure of a subscription.
#[derive(Debug)]
pub struct Failure<'a> {
    /// The subscription.
    pub of: &'a StoredSubscription,
    /// True if the recipient ended it; else it is failing.
    pub ended: bool,
    /// The answer of the recipient's system, masked.
    pub error: String,
    /// An id of the failure, by which a repetition is recognised.
    pub id: &'a str,
}

impl Failure<'_> {
    /// Queues a notification for the institution's other active subscriptions, and marks this one as failing, or as
    /// ended by its recipient. The caller records the message after it: whatever step a crash stops, all are repeated,
    /// and the others are told once. Returns the wake-ups.
    ///
    /// # Errors
    /// When the table does not answer. A part of the others may be notified.
    pub async fn record(self, store: &Store, context: &AuditContext<'_>) -> Result<Vec<Wake>, SubscribeError> {
        let (of, now) = (&self.of.subscription, context.now);
        if matches!(of.state, State::Ended { .. }) {
            // Nobody misses its messages.
            return Ok(vec![]);
        }
        let (channel, address) = (of.address.channel(), of.address.masked());
        let pending = PendingNotification {
            id: format!("failing:{}:{}", of.id, self.id),
            at: now,
            content: Content::SubscriptionFailing { channel, address, error: self.error.clone() },
            importance: Importance::Warning,
            chatbot: None,
            queued_at: now,
        };
        let all = store.subscribers(of.coverage.institution()).await?;
        let others = all.iter().filter(|one| one.subscription.id != of.id);
        let active = others.filter(|one| matches!(one.subscription.state, State::Active { .. }));
        let pairs = active.map(|one| (one.subscription.id, pending.clone())).collect();
        let wakes = queue_all(store, pairs).await?;
        let change = |old: &StoredSubscription| {
            let old = old.of_generation(of.generation)?;
            if self.ended {
                Ok(old.ended(EndedBy::Recipient, now))
            } else {
                Ok(old.with(old.subscription.failed(self.error.clone(), now)?))
            }
        };
        match store.change_subscriber(context, of.id, None, change).await {
            // It has ended meanwhile, or was subscribed anew.
            Err(SubscribeError::Transition(_)) => Ok(wakes),
            changed => changed.map(|_| wakes),
        }
    }
}
