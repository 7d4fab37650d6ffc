//! All-or-nothing writes.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, CancellationReason, Put, TransactWriteItem},
};

use super::{
    client::Table,
    condition::{self, Condition},
    error::WriteError,
    item::{Item, Key, number, text},
};
use crate::{StoreError, attributes};

/// A transaction that is being composed.
#[derive(Debug)]
pub(crate) struct Transaction<'a> {
    table: &'a Table,
    writes: Vec<TransactWriteItem>,
    record: Option<Put>,
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(table: &'a Table) -> Self {
        Self { table, writes: Vec::new(), record: None }
    }

    /// Adds a put of `item`.
    pub(crate) fn put(mut self, item: Item, condition: Condition) -> Result<Self, StoreError> {
        let put = condition.put(&self.table.name, item)?;
        self.writes.push(TransactWriteItem::builder().put(put).build());
        Ok(self)
    }

    /// Adds a put of each of `items`.
    pub(crate) fn put_all(self, items: &[Item], condition: Condition) -> Result<Self, StoreError> {
        items.iter().try_fold(self, |transaction, item| transaction.put(item.clone(), condition))
    }

    /// Adds the deletion of `key`, conditional on `version` if it is given.
    pub(crate) fn delete(self, key: Key, version: Option<i64>) -> Result<Self, StoreError> {
        self.delete_if(key, version.map(|version| (attributes::VERSION, number(version))))
    }

    /// Adds the deletion of `key`, on the condition that its item has the text `value` in `attribute`.
    pub(crate) fn delete_equal(self, key: Key, attribute: &str, value: String) -> Result<Self, StoreError> {
        self.delete_if(key, Some((attribute, text(value))))
    }

    fn delete_if(mut self, key: Key, expected: Option<(&str, AttributeValue)>) -> Result<Self, StoreError> {
        let delete = condition::delete(&self.table.name, key, expected)?;
        self.writes.push(TransactWriteItem::builder().delete(delete).build());
        Ok(self)
    }

    /// Adds the condition that no item has `key`.
    pub(crate) fn absent(mut self, key: Key) -> Result<Self, StoreError> {
        let check = condition::absent(&self.table.name, key)?;
        self.writes.push(TransactWriteItem::builder().condition_check(check).build());
        Ok(self)
    }

    /// Adds the condition that the item of `key` has the text `value` in `attribute`.
    pub(crate) fn equals(self, key: Key, attribute: &str, value: String) -> Result<Self, StoreError> {
        self.check(key, attribute, text(value))
    }

    /// Adds the condition that the item of `key` has this version.
    pub(crate) fn unchanged(self, key: Key, version: i64) -> Result<Self, StoreError> {
        self.check(key, attributes::VERSION, number(version))
    }

    fn check(mut self, key: Key, attribute: &str, value: AttributeValue) -> Result<Self, StoreError> {
        let check = condition::equals(&self.table.name, key, attribute, value)?;
        self.writes.push(TransactWriteItem::builder().condition_check(check).build());
        Ok(self)
    }

    /// Sets the audit record, which is put into a table of its own.
    pub(crate) fn with_record(self, record: Put) -> Self {
        Self { record: Some(record), ..self }
    }

    /// Writes the transaction.
    pub(crate) async fn commit(self) -> Result<(), WriteError> {
        let table = self.table;
        let Writes { writes, rejection } = self.into_writes();
        match write_all(table, writes).await {
            Ok(()) => Ok(()),
            Err(TransactionError::Conditions(failed)) => match failed.into_iter().next() {
                Some((position, found)) => rejection.of(position, found),
                None => Err(WriteError::Conflict),
            },
            Err(TransactionError::Failed(error)) => Err(WriteError::Failed(error)),
        }
    }

    /// Returns the writes, for a larger transaction.
    pub(crate) fn into_writes(self) -> Writes {
        let record = self.record.as_ref().map(|record| record.item.clone());
        // The record is the first write, so that its condition is the first to fail after an earlier success.
        let put = |record| TransactWriteItem::builder().put(record).build();
        let writes = self.record.map(put).into_iter().chain(self.writes).collect();
        Writes { writes, rejection: Rejection { record } }
    }
}

/// The writes of one change.
#[derive(Debug)]
pub(crate) struct Writes {
    pub(crate) writes: Vec<TransactWriteItem>,
    pub(crate) rejection: Rejection,
}

/// Interprets a failed condition of a change. If the change has an audit record, the record is its write 0.
#[derive(Debug)]
pub(crate) struct Rejection {
    record: Option<Item>,
}

impl Rejection {
    /// Returns the result of a change whose write at `position` found `found`.
    ///
    /// If the change finds its own record, it was carried out before and its response was lost: that is success.
    pub(crate) fn of(&self, position: usize, found: Option<Item>) -> Result<(), WriteError> {
        match (&self.record, position) {
            (Some(record), 0) if found.as_ref() == Some(record) => Ok(()),
            // The request wrote another change under the same id. That write must not pass for this one.
            (Some(_), 0) => Err(WriteError::Failed(StoreError::Contended)),
            (Some(_), _) => Err(WriteError::Condition { position: position - 1, found }),
            (None, _) => Err(WriteError::Condition { position, found }),
        }
    }
}

/// Error of a transaction.
#[derive(Debug)]
pub(crate) enum TransactionError {
    /// Nothing was written. Lists the conditions that failed, by position, with the items found; empty if another
    /// transaction was writing the same items.
    Conditions(Vec<(usize, Option<Item>)>),
    /// Any other error. The transaction may have been written.
    Failed(StoreError),
}

/// Writes all of `writes` or none.
pub(crate) async fn write_all(table: &Table, writes: Vec<TransactWriteItem>) -> Result<(), TransactionError> {
    let request = table.client.transact_write_items().set_transact_items(Some(writes));
    request.send().await.map(|_| ()).map_err(|error| transaction_error(&error))
}

fn transaction_error(error: &SdkError<TransactWriteItemsError>) -> TransactionError {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons();
            let is_condition = |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
            let failed = reasons.iter().enumerate().filter(|(_, reason)| is_condition(reason));
            let failed: Vec<_> = failed.map(|(position, reason)| (position, reason.item().cloned())).collect();
            let has_conflict = reasons.iter().any(|reason| reason.code() == Some("TransactionConflict"));
            if failed.is_empty() && !has_conflict {
                return TransactionError::Failed(StoreError::unavailable(error));
            }
            TransactionError::Conditions(failed)
        }
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => TransactionError::Conditions(Vec::new()),
        _ => TransactionError::Failed(StoreError::unavailable(error)),
    }
}
