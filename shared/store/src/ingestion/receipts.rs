//! Receipts of reports with an idempotency key, kept for a day.

use jiff::{SignedDuration, Timestamp};

use crate::{
    Store, StoreError, attributes, keys,
    table::{Condition, Item, WriteError, expiry, number, number_of, text, text_of},
};

/// Retention of receipts.
const RETENTION: SignedDuration = SignedDuration::from_hours(24);

/// Receipt of a report, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReceipt {
    /// The hash of the report's content.
    pub content: String,
    /// The message id that the queue assigned.
    pub message_id: String,
}

impl Store {
    /// Returns the receipt `id` if it is not older than a day at `now`. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn receipt(&self, id: &str, now: Timestamp) -> Result<Option<StoredReceipt>, StoreError> {
        let Some(item) = self.table.get(keys::receipt(id)).await? else { return Ok(None) };
        let is_valid = number_of::<i64>(&item, attributes::UNTIL)? >= now.as_millisecond();
        is_valid.then(|| receipt_of(&item)).transpose()
    }

    /// Stores `receipt` under `id` for a day from `now`, unless there is one. Returns the one that is stored then. One
    /// write unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn put_receipt(
        &self,
        id: &str,
        receipt: StoredReceipt,
        now: Timestamp,
    ) -> Result<StoredReceipt, StoreError> {
        let mut item = keys::receipt(id);
        item.insert(attributes::HASH.to_owned(), text(&receipt.content));
        item.insert(attributes::MESSAGE.to_owned(), text(&receipt.message_id));
        item.insert(attributes::UNTIL.to_owned(), number((now + RETENTION).as_millisecond()));
        item.insert(attributes::EXPIRES.to_owned(), expiry(now, RETENTION));
        match self.table.put(item, Condition::Expired(now)).await {
            Ok(()) => Ok(receipt),
            Err(WriteError::Condition { found: Some(found), .. }) => receipt_of(&found),
            Err(error) => Err(error.or(StoreError::Contended)),
        }
    }
}

fn receipt_of(item: &Item) -> Result<StoredReceipt, StoreError> {
    let content = text_of(item, attributes::HASH)?.to_owned();
    Ok(StoredReceipt { content, message_id: text_of(item, attributes::MESSAGE)?.to_owned() })
}
