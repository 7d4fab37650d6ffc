//! One all-or-nothing write, and the parts that a route change has.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{ConditionCheck, Delete, Put, TransactWriteItem},
};
use centops_domain::{
    audit::Subject,
    engine::Happened,
    event::Event,
    name::Name,
    network::Network,
    route::{Revision, Route, RouteChange},
};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    Store, StoreError, Versioned,
    audit::Act,
    item::{self, Expect, Item},
    keys::{self, Key},
    network::network_item,
};

/// How long changes can be asked for with `?since=`.
const CHANGES_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
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
        let mut item = keys::event(&event.fact, &event.id);
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
        happened: &[Happened],
        at: Timestamp,
    ) -> Result<Self, StoreError> {
        happened.iter().enumerate().try_fold(self, |transaction, (place, Happened { fact, told })| {
            let id = if place == 0 { format!("{name}-{version}") } else { format!("{name}-{version}-{place}") };
            transaction.event(&Event { id, at, quiet: !told, fact: fact.clone() })
        })
    }

    /// Puts the network's counts and revision in place of `old`.
    pub(crate) fn network(self, network: Network, old: i64) -> Result<Self, StoreError> {
        self.put(network_item(&Versioned { value: network, version: old + 1 })?, Expect::after(old))
    }

    /// Makes `route` the route of `name`, or takes it away, by `revision`: the route, and its entry in the
    /// change log. Goes with [`Transaction::network`], which holds that the revision is new.
    pub(crate) fn route(
        self,
        name: &Name,
        route: Option<Route>,
        revision: Revision,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let transaction = match &route {
            Some(route) => self.put(item::to_item(keys::route(name), route)?, Expect::Any)?,
            None => self.delete(keys::route(name), None)?,
        };
        let change = RouteChange { name: name.clone(), revision, route };
        let mut change = item::to_item(keys::change(revision), change)?;
        change.insert(keys::EXPIRES.to_owned(), expires(now, CHANGES_KEPT));
        transaction.put(change, Expect::Any)
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
        let request = self.store.client.transact_write_items().set_transact_items(Some(self.writes));
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(refused(&error)),
        }
    }
}

/// A transaction that leaves its record.
pub(crate) struct Audited<'a> {
    transaction: Transaction<'a>,
    record: Item,
}

impl Audited<'_> {
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

fn refused(error: &SdkError<TransactWriteItemsError>) -> Refused {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons();
            let failed = reasons.iter().position(|reason| reason.code() == Some("ConditionalCheckFailed"));
            if let Some(place) = failed {
                let found = reasons.get(place).and_then(|reason| reason.item().cloned());
                return Refused::Condition(place, found);
            }
            if reasons.iter().any(|reason| reason.code() == Some("TransactionConflict")) {
                return Refused::Conflict;
            }
            Refused::Failed(StoreError::unavailable(error))
        }
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => Refused::Conflict,
        _ => Refused::Failed(StoreError::unavailable(error)),
    }
}

pub(crate) fn expires(from: Timestamp, after: SignedDuration) -> aws_sdk_dynamodb::types::AttributeValue {
    keys::number((from + after).as_second())
}
