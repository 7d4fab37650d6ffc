//! Messages: what was or is to be delivered.

use centops_domain::notifications::SubscriptionId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Page, Store, StoreError, Versioned, attributes, keys,
    table::{self, Condition, Item, WriteError, expiry},
};

/// Retention of messages.
const RETENTION: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A message to one subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The id: a `UUIDv7`, the same at every attempt. Receivers recognise repetitions by it.
    pub id: String,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// When it was composed.
    pub at: Timestamp,
    /// The ids of the notifications that it tells.
    pub notifications: Vec<String>,
    /// The body in the form of the channel.
    pub body: String,
    /// The subject, which lists show.
    pub subject: String,
    /// The number of attempts.
    pub attempts: u32,
    /// The state.
    pub state: MessageState,
}

impl Message {
    /// Returns the message as it is stored with the decision that makes it.
    #[must_use]
    pub fn first(self) -> Versioned<Self> {
        Versioned { value: self, version: 1 }
    }
}

/// The state of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum MessageState {
    /// It is to be delivered.
    Sending,
    /// The channel accepted it.
    Sent {
        /// When.
        at: Timestamp,
        /// The id that the channel gave it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        provider_id: Option<String>,
    },
    /// It was not accepted, and is tried again.
    Waiting {
        /// When.
        until: Timestamp,
        /// The answer of the recipient's system.
        error: String,
    },
    /// It was given up.
    Failed {
        /// When.
        at: Timestamp,
        /// The answer of the recipient's system.
        error: String,
    },
}

impl Store {
    /// Returns the message `id` of `subscription`, strongly consistent.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it does not exist or is no longer kept.
    pub async fn message(&self, subscription: SubscriptionId, id: &str) -> Result<Versioned<Message>, StoreError> {
        let item = self.table.get(keys::message(subscription, id)).await?.ok_or(StoreError::NotFound)?;
        table::from_json_item(&item, attributes::DOCUMENT)
    }

    /// Returns a page of up to `limit` messages of `subscription`, newest first, after the message `after`.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn messages(
        &self,
        subscription: SubscriptionId,
        after: Option<&str>,
        limit: i32,
    ) -> Result<Page<Message, String>, StoreError> {
        let query = self
            .table
            .query_partition(&keys::messages_pk(subscription))
            .scan_index_forward(false)
            .set_exclusive_start_key(after.map(|id| keys::message(subscription, id)));
        let read = |item: Item| Ok(Some(table::from_json_item(&item, attributes::DOCUMENT)?.value));
        table::fetch_page(query, limit, read).await
    }

    /// Replaces the message by `new`. Returns false, and replaces nothing, if it changed since it was read.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn update_message(&self, old: &Versioned<Message>, new: Message) -> Result<bool, StoreError> {
        let item = message_item(&Versioned { value: new, version: old.version + 1 })?;
        match self.table.put_idempotent(item, Condition::Version(old.version)).await {
            Ok(()) => Ok(true),
            Err(WriteError::Condition { .. }) => Ok(false),
            Err(error) => Err(error.or(StoreError::Contended)),
        }
    }
}

/// Returns the item of a message.
pub(super) fn message_item(message: &Versioned<Message>) -> Result<Item, StoreError> {
    let key = keys::message(message.value.subscription, &message.value.id);
    let mut item = table::to_json_item(key, attributes::DOCUMENT, message)?;
    item.insert(attributes::EXPIRES.to_owned(), expiry(message.value.at, RETENTION));
    Ok(item)
}
