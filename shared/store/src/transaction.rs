//! One all-or-nothing write.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{CancellationReason, ConditionCheck, Delete, Put, TransactWriteItem},
};
use centops_domain::{alerts::Event, audit::Subject, chatbots::Name, health::RaisedEvent};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    Store, StoreError,
    audit::Act,
    item::{self, Expect, Item},
    keys::{self, Key},
};

/// How long events can be read back.
const EVENTS_KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Why a transaction was not carried out.
pub(crate) enum Refused {
    /// A condition did not hold; `0` is the place of the first such write, `1` what it found.
    Condition(usize, Option<Item>),
    /// Another transaction was at the same items.
    Conflict,
    /// Anything else.
    Failed(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl Refused {
    /// Goes on where another try from fresh reads can help.
    pub(crate) fn again(self) -> Result<(), StoreError> {
        match self {
            Self::Condition(..) | Self::Conflict => Ok(()),
            Self::Failed(error) => Err(error),
        }
    }

    /// The error for one who does not try again: `condition` where a condition did not hold.
    pub(crate) fn or(self, condition: StoreError) -> StoreError {
        match self {
            Self::Condition(..) => condition,
            Self::Conflict => StoreError::Contended,
            Self::Failed(error) => error,
        }
    }
}

/// The writes of one transaction.
pub(crate) struct Transaction<'a> {
    store: &'a Store,
    writes: Vec<TransactWriteItem>,
}

impl<'a> Transaction<'a> {
    pub(crate) fn of(store: &'a Store) -> Self {
        Self { store, writes: Vec::new() }
    }

    /// Puts `item` where `expect` holds.
    pub(crate) fn put(mut self, item: Item, expect: Expect) -> Result<Self, StoreError> {
        let put: Put = item::put(&self.store.table, item, expect)?;
        self.writes.push(TransactWriteItem::builder().put(put).build());
        Ok(self)
    }

    /// Deletes the item of `key` where it has `version`, or whatever it has.
    pub(crate) fn delete(mut self, key: Key, version: Option<i64>) -> Result<Self, StoreError> {
        let delete = Delete::builder().table_name(&self.store.table).set_key(Some(key));
        let delete = match version {
            None => delete,
            Some(version) => delete
                .condition_expression("#version = :version")
                .expression_attribute_names("#version", keys::VERSION)
                .expression_attribute_values(":version", keys::number(version)),
        };
        let delete = delete.build().map_err(StoreError::unreadable)?;
        self.writes.push(TransactWriteItem::builder().delete(delete).build());
        Ok(self)
    }

    /// Holds only where there is no item of `key`.
    pub(crate) fn absent(mut self, key: Key) -> Result<Self, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.store.table)
            .set_key(Some(key))
            .condition_expression("attribute_not_exists(pk)");
        let check = check.build().map_err(StoreError::unreadable)?;
        self.writes.push(TransactWriteItem::builder().condition_check(check).build());
        Ok(self)
    }

    /// Writes `event`, at most once by its id.
    pub(crate) fn event(self, event: &Event) -> Result<Self, StoreError> {
        let body = serde_json::to_string(event).map_err(StoreError::unreadable)?;
        let mut item = keys::event(&event.kind, &event.id);
        item.insert(keys::EVENT.to_owned(), keys::text(body));
        item.insert(keys::EXPIRES.to_owned(), expires(event.at, EVENTS_KEPT));
        self.put(item, Expect::Absent)
    }

    /// Writes each fact of `happened` as an event. `version` is the version of `name` that comes with
    /// them: there is one such version, so the ids are unique, and the same when the write is tried again.
    pub(crate) fn events(
        self,
        name: &Name,
        version: i64,
        happened: &[RaisedEvent],
        at: Timestamp,
    ) -> Result<Self, StoreError> {
        happened.iter().enumerate().try_fold(self, |transaction, (place, RaisedEvent { event: fact, notify: told })| {
            let id = if place == 0 { format!("{name}-{version}") } else { format!("{name}-{version}-{place}") };
            transaction.event(&Event { id, at, quiet: !told, kind: fact.clone() })
        })
    }

    /// Adds the record of what `act` changes of `subject`, from `before` to `after` as the API shows them;
    /// what serialises as `null`, such as `()`, is nothing.
    pub(crate) fn audit(
        mut self,
        act: &Act,
        subject: Subject,
        before: &impl Serialize,
        after: &impl Serialize,
    ) -> Result<Audited<'a>, StoreError> {
        let record = act.done(subject, before, after)?;
        let item = record.item.clone();
        // First, so that it is the first condition to fail where the write was carried out before.
        self.writes.insert(0, TransactWriteItem::builder().put(record).build());
        Ok(Audited { transaction: self, record: item })
    }

    /// Carries it out: all of it or nothing.
    pub(crate) async fn commit(self) -> Result<(), Refused> {
        match write_all(self.store, self.writes).await {
            Ok(()) => Ok(()),
            Err(NotWritten::Conditions(failed)) => Err(match failed.into_iter().next() {
                Some((place, found)) => Refused::Condition(place, found),
                None => Refused::Conflict,
            }),
            Err(NotWritten::Failed(error)) => Err(Refused::Failed(error)),
        }
    }

    /// What it writes, as a part of a larger one.
    pub(crate) fn into_part(self) -> Part {
        Part { writes: self.writes, record: None }
    }
}

/// What one of several writes in the same transaction.
#[derive(Default)]
pub(crate) struct Part {
    pub(crate) writes: Vec<TransactWriteItem>,
    /// The record that is the first of them.
    pub(crate) record: Option<Item>,
}

/// Why nothing of a transaction was written.
pub(crate) enum NotWritten {
    /// These conditions did not hold, by place, with what was found; none where another transaction was at the
    /// same items.
    Conditions(Vec<(usize, Option<Item>)>),
    /// Anything else. It may have been written all the same.
    Failed(StoreError),
}

/// A transaction that leaves its record.
pub(crate) struct Audited<'a> {
    transaction: Transaction<'a>,
    record: Item,
}

impl Audited<'_> {
    /// What it writes, as a part of a larger one.
    pub(crate) fn into_part(self) -> Part {
        Part { writes: self.transaction.writes, record: Some(self.record) }
    }

    /// Carries it out: all of it, with its record, or nothing. Where its very record is found it was carried
    /// out, and the answer was lost: that is success. The places of other conditions do not count the record.
    pub(crate) async fn commit(self) -> Result<(), Refused> {
        match self.transaction.commit().await {
            Err(Refused::Condition(0, Some(found))) if found == self.record => Ok(()),
            // The request wrote something else before: not to be passed off as this.
            Err(Refused::Condition(0, _)) => Err(Refused::Failed(StoreError::Contended)),
            Err(Refused::Condition(place, found)) => Err(Refused::Condition(place - 1, found)),
            other => other,
        }
    }
}

/// Writes all of `writes` or nothing.
pub(crate) async fn write_all(store: &Store, writes: Vec<TransactWriteItem>) -> Result<(), NotWritten> {
    let request = store.client.transact_write_items().set_transact_items(Some(writes));
    request.send().await.map(|_| ()).map_err(|error| not_written(&error))
}

fn not_written(error: &SdkError<TransactWriteItemsError>) -> NotWritten {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons();
            let of_condition = |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
            let failed = reasons.iter().enumerate().filter(|(_, reason)| of_condition(reason));
            let failed: Vec<_> = failed.map(|(place, reason)| (place, reason.item().cloned())).collect();
            let conflicts = reasons.iter().any(|reason| reason.code() == Some("TransactionConflict"));
            if failed.is_empty() && !conflicts {
                return NotWritten::Failed(StoreError::unavailable(error));
            }
            NotWritten::Conditions(failed)
        }
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => NotWritten::Conditions(Vec::new()),
        _ => NotWritten::Failed(StoreError::unavailable(error)),
    }
}

pub(crate) fn expires(from: Timestamp, after: SignedDuration) -> aws_sdk_dynamodb::types::AttributeValue {
    keys::number((from + after).as_second())
}
