//! Pending notifications, and when they are looked at.

use centops_domain::notifications::{
    Content, FIRST_WAIT, Importance, PendingNotification, Subscription, SubscriptionId,
};
use jiff::{SignedDuration, Timestamp};

use super::{schedule::Queued, subscriptions::subject_of};
use crate::{
    Store, StoreError, attributes,
    audit::AuditContext,
    keys,
    table::{self, Condition, Item, WriteError, expiry, text, text_of},
};

/// Prefix of the sort keys of pending notifications.
pub(super) const PENDING: &str = "PENDING#";
/// Retention of a notification that nothing takes. One of a paused subscription waits as long.
const RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Store {
    /// Queues `notification` for the subscription `id`. Queueing it again changes nothing until it was told, and nothing
    /// after. One read unit and one write unit; for the first since the last message two of the index and one more.
    ///
    /// A crash between both writes leaves one that no round is scheduled for. Its event arrives again and schedules it,
    /// unless its chatbot was removed or transferred meanwhile: then the next round drops it.
    ///
    /// # Errors
    /// When the table does not answer. It may have been queued.
    pub async fn queue_notification(
        &self,
        id: SubscriptionId,
        notification: &PendingNotification,
    ) -> Result<Queued, StoreError> {
        match self.table.put(pending_item(id, notification)?, Condition::Absent).await {
            // Its subscription may not be scheduled yet: whoever queued it may have stopped here.
            Ok(()) | Err(WriteError::Condition { .. }) => {}
            Err(error) => return Err(error.or(StoreError::Contended)),
        }
        self.schedule_by(id, notification.queued_at + FIRST_WAIT).await
    }

    /// Queues a test for `subscription`. There is one test in a minute: a second one is the same.
    ///
    /// # Errors
    /// When the table does not answer. It may have been queued.
    pub async fn queue_test(
        &self,
        audit: &AuditContext<'_>,
        subscription: &Subscription,
    ) -> Result<Queued, StoreError> {
        let (id, now) = (subscription.id, audit.now);
        let test = PendingNotification {
            id: format!("test:{}", now.as_second().div_euclid(60)),
            at: now,
            content: Content::Test,
            importance: Importance::Critical,
            chatbot: None,
            queued_at: now,
        };
        let transaction = self.transaction().put(pending_item(id, &test)?, Condition::Absent)?;
        let queued = serde_json::json!({ "subscription": id, "test": now });
        match transaction.audit(audit, subject_of(subscription), &(), &queued)?.commit().await {
            // Its subscription may not be scheduled yet: whoever queued it may have stopped here.
            Ok(()) | Err(WriteError::Condition { .. }) => self.schedule_by(id, now + FIRST_WAIT).await,
            Err(error) => Err(error.or(StoreError::Contended)),
        }
    }

    /// Returns the subscriptions whose rounds are due at `now`, and since when, the longest due first, at most `limit` of each
    /// shard. The index lags behind the table by a moment. Half a read unit for each shard and 4 KB of keys.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn due_subscriptions(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, SubscriptionId)>, StoreError> {
        let mut due = Vec::new();
        for (at, item) in self.due_in_shards(keys::due_notifications_partition, now, limit).await? {
            due.extend(keys::subscription_of(text_of(&item, attributes::PK)?).map(|id| (at, id)));
        }
        due.sort_unstable();
        Ok(due)
    }
}

fn pending_item(id: SubscriptionId, notification: &PendingNotification) -> Result<Item, StoreError> {
    let mut item = keys::notify(id, format!("{PENDING}{}", notification.id));
    let json = serde_json::to_string(notification).map_err(StoreError::unreadable)?;
    item.insert(attributes::DOCUMENT.to_owned(), text(json));
    item.insert(attributes::EXPIRES.to_owned(), expiry(notification.queued_at, RETENTION));
    Ok(item)
}

/// Reads the notification of an item.
pub(super) fn read_pending(item: &Item) -> Result<PendingNotification, StoreError> {
    table::json_of(item, attributes::DOCUMENT)
}
