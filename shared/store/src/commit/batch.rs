//! A batch: the changes that share a transaction.

use std::mem;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use centops_domain::{
    health::Network,
    routes::{ChangeLogEntry, OwnedChange},
};
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::items::{log_item, network_item};
use crate::{
    StoreError, Versioned, keys,
    table::{Condition, Item, Rejection, Table, Transaction, TransactionError, WriteError, Writes, write_all},
};

/// The most writes of the changes of one batch. A transaction has at most 100; two are the network and the change log.
const MOST_WRITES: usize = 98;

/// One change, planned on a network.
pub(crate) struct Plan<'a, T> {
    /// The writes of the change.
    pub(crate) transaction: Transaction<'a>,
    /// The change of the route table, if any.
    pub(crate) route: Option<OwnedChange>,
    /// The value that the caller receives after the write.
    pub(crate) outcome: T,
}

/// Outcome of a pending change. A dropped sender means [`Outcome::Retry`].
#[derive(Debug)]
pub(super) enum Outcome {
    /// The change was written.
    Written,
    /// Another process or another change of the batch made the transaction fail. The change may be planned again.
    Retry,
    /// The change itself failed.
    Failed(WriteError),
}

impl From<Result<(), WriteError>> for Outcome {
    fn from(result: Result<(), WriteError>) -> Self {
        result.map_or_else(Self::Failed, |()| Self::Written)
    }
}

/// A change that waits for the transaction of its batch.
#[derive(Debug)]
pub(super) struct Pending {
    writes: Vec<TransactWriteItem>,
    rejection: Rejection,
    outcome: oneshot::Sender<Outcome>,
}

/// Result of adding a change to a batch.
pub(super) enum Joined<T> {
    /// The change was added. Its outcome arrives in the receiver.
    Pending(T, oneshot::Receiver<Outcome>),
    /// The batch has no space for the change, or contains another write of the same item.
    Full,
}

/// Table, partition key and sort key of an item.
type ItemId = (String, Option<String>, Option<String>);

fn item_id(write: &TransactWriteItem) -> Option<ItemId> {
    let text = |key: Option<&AttributeValue>| key.and_then(|value| value.as_s().ok().cloned());
    let id = |table: &str, item: &Item| (table.to_owned(), text(item.get(keys::PK)), text(item.get(keys::SK)));
    let put = write.put().map(|put| id(put.table_name(), put.item()));
    put.or_else(|| write.delete().map(|delete| id(delete.table_name(), delete.key())))
        .or_else(|| write.condition_check().map(|check| id(check.table_name(), check.key())))
}

/// A batch that collects changes.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) number: u64,
    before: Versioned<Network>,
    network: Network,
    now: Timestamp,
    items: Vec<ItemId>,
    routes: Vec<OwnedChange>,
    pending: Vec<Pending>,
    writes: usize,
}

impl Batch {
    /// Returns an empty batch on the network `before`.
    pub(super) fn new(number: u64, before: Versioned<Network>) -> Self {
        Self {
            number,
            network: before.value.clone(),
            before,
            now: Timestamp::MIN,
            items: Vec::new(),
            routes: Vec::new(),
            pending: Vec::new(),
            writes: 0,
        }
    }

    /// Plans a change on the network that the changes before it leave, and adds it if there is space.
    pub(super) fn join<'a, T>(
        &mut self,
        now: Timestamp,
        plan: &impl Fn(&mut Network) -> Result<Plan<'a, T>, StoreError>,
    ) -> Result<Joined<T>, StoreError> {
        let mut network = self.network.clone();
        let Plan { transaction, route, outcome: value } = plan(&mut network)?;
        let Writes { writes, rejection } = transaction.into_writes();
        let items: Vec<ItemId> = writes.iter().filter_map(item_id).collect();
        // A transaction must not write an item twice.
        let overlaps = items.iter().any(|item| self.items.contains(item));
        if overlaps || (!self.pending.is_empty() && self.writes + writes.len() > MOST_WRITES) {
            return Ok(Joined::Full);
        }
        let (outcome, receiver) = oneshot::channel();
        self.items.extend(items);
        self.network = network;
        self.now = self.now.max(now);
        self.routes.extend(route);
        self.writes += writes.len();
        self.pending.push(Pending { writes, rejection, outcome });
        Ok(Joined::Pending(value, receiver))
    }

    /// Returns the number of its changes.
    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }

    /// Closes the batch: makes the revision, and returns the network after the batch and the transaction to write.
    pub(super) fn close(mut self, table: &Table) -> Result<(Versioned<Network>, ClosedBatch), StoreError> {
        let routes = mem::take(&mut self.routes);
        if !routes.is_empty() {
            self.network.revise(self.now);
        }
        if self.network == self.before.value {
            return Ok((self.before, ClosedBatch { shared: Vec::new(), pending: self.pending }));
        }
        let after = Versioned { value: self.network, version: self.before.version + 1 };
        let replaced = Condition::replaces(self.before.version);
        let mut shared = Transaction::new(table).put(network_item(&after)?, replaced)?;
        if !routes.is_empty() {
            let entry = ChangeLogEntry::new(after.value.head(), routes);
            shared = shared.put(log_item(&entry, self.now)?, Condition::Absent)?;
        }
        Ok((after, ClosedBatch { shared: shared.into_writes().writes, pending: self.pending }))
    }
}

/// A batch that takes no more changes.
pub(super) struct ClosedBatch {
    /// Writes of the network and the change log; none if no change concerns them.
    shared: Vec<TransactWriteItem>,
    pending: Vec<Pending>,
}

/// The result of writing a batch.
pub(super) struct WrittenBatch {
    result: Result<(), TransactionError>,
    shared: usize,
    pending: Vec<(usize, Pending)>,
}

impl ClosedBatch {
    /// Writes the batch in one transaction.
    pub(super) async fn write(self, table: &Table) -> WrittenBatch {
        let shared = self.shared.len();
        let (mut writes, mut pending) = (self.shared, Vec::new());
        for mut change in self.pending {
            let length = change.writes.len();
            writes.append(&mut change.writes);
            pending.push((length, change));
        }
        let result = if writes.is_empty() { Ok(()) } else { write_all(table, writes).await };
        WrittenBatch { result, shared, pending }
    }
}

impl WrittenBatch {
    /// Returns whether the transaction was written. If not, it may be unknown.
    pub(super) fn is_written(&self) -> bool {
        self.result.is_ok()
    }

    /// Reports its outcome to each change.
    pub(super) fn report(self) {
        let failed = match &self.result {
            Err(TransactionError::Conditions(failed)) => failed.as_slice(),
            _ => &[],
        };
        let mut start = self.shared;
        for (length, Pending { rejection, outcome, .. }) in self.pending {
            let own = failed.iter().find(|(position, _)| (start..start + length).contains(position));
            let result = match (&self.result, own) {
                (Ok(()), _) => Outcome::Written,
                (Err(TransactionError::Failed(error)), _) => Outcome::Failed(error.copy_for_caller().into()),
                (Err(TransactionError::Conditions(_)), None) => Outcome::Retry,
                (Err(TransactionError::Conditions(_)), Some((position, found))) => {
                    rejection.of(position - start, found.clone()).into()
                }
            };
            // A caller that was cancelled no longer waits for the outcome.
            let _ = outcome.send(result);
            start += length;
        }
    }
}
