//! Queues through which DMRs receive route changes. A DMR has one queue, and a queue belongs to one DMR: a DMR that
//! replaces its queue cannot end the subscription of another.

use centops_domain::{audit::Subject, chatbots::Name};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Versioned,
    audit::AuditContext,
    keys,
    table::{self, Condition, WriteError},
};

/// The route subscription of a DMR.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteSubscription {
    /// The ARN of the subscription.
    pub arn: String,
    /// The ARN of the queue.
    pub queue: String,
}

/// The owner of a queue.
#[derive(Serialize, Deserialize)]
struct Owner {
    dmr: Name,
}

impl Store {
    /// Returns the route subscription of `dmr`, if there is one, strongly consistent. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn route_subscription(&self, dmr: &Name) -> Result<Option<Versioned<RouteSubscription>>, StoreError> {
        let item = self.table.get(keys::route_subscription(dmr)).await?;
        item.map(table::from_versioned_item).transpose()
    }

    /// Returns the DMR that owns `queue`, if there is one, strongly consistent. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn route_queue_owner(&self, queue: &str) -> Result<Option<Name>, StoreError> {
        let item = self.table.get(keys::route_queue(queue)).await?;
        Ok(item.map(table::from_item::<Owner>).transpose()?.map(|owner| owner.dmr))
    }

    /// Stores `subscription` of `dmr` in place of `old`, or as its first.
    ///
    /// # Errors
    /// [`StoreError::Changed`] if another subscription was stored meanwhile, or if another DMR owns the queue.
    pub async fn put_route_subscription(
        &self,
        audit: &AuditContext<'_>,
        dmr: &Name,
        subscription: &RouteSubscription,
        old: Option<&Versioned<RouteSubscription>>,
    ) -> Result<(), StoreError> {
        let version = old.map_or(0, |old| old.version);
        let item = table::to_versioned_item(keys::route_subscription(dmr), subscription, version + 1)?;
        let mut transaction = self.transaction().put(item, Condition::replaces(version))?;
        let old_queue = old.map(|old| old.value.queue.as_str());
        if old_queue != Some(subscription.queue.as_str()) {
            let owner = table::to_item(keys::route_queue(&subscription.queue), Owner { dmr: dmr.clone() })?;
            transaction = transaction.put(owner, Condition::Absent)?;
            if let Some(old_queue) = old_queue {
                transaction = transaction.delete(keys::route_queue(old_queue), None)?;
            }
        }
        let (before, after) = (old.map(|old| &old.value), subscription);
        let transaction = transaction.audit(audit, Subject::default(), &before, after)?;
        transaction.commit().await.map_err(WriteError::or_changed)
    }
}
