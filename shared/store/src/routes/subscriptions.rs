//! Queues through which DMRs receive route changes. A DMR has one queue, and a queue belongs to one DMR: a DMR that
//! replaces its queue cannot end the subscription of another.

use centops_domain::{audit::Subject, chatbots::Name, credentials::Profile};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Versioned, attributes,
    audit::AuditContext,
    keys,
    table::{self, Condition, Item, WriteError, text_of},
};

/// The route subscription of a DMR.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteSubscription {
    /// The ARN of the subscription.
    pub arn: String,
    /// The ARN of the queue.
    pub queue: String,
    /// The registration that the subscription belongs to: the time at which the DMR was registered.
    pub enrolled_at: Timestamp,
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

    /// Returns all route subscriptions with their DMRs, by name, strongly consistent. One read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn route_subscriptions(&self) -> Result<Vec<(Name, RouteSubscription)>, StoreError> {
        let query = self.table.query_prefix(keys::SUBSCRIPTIONS, keys::ROUTE_SUBSCRIPTION_PREFIX.to_owned());
        let subscription = |item: Item| {
            let dmr = text_of(&item, attributes::SK)?.strip_prefix(keys::ROUTE_SUBSCRIPTION_PREFIX);
            let dmr = dmr.unwrap_or_default().parse().map_err(StoreError::unreadable)?;
            Ok((dmr, table::from_item(item)?))
        };
        table::collect(query).await?.into_iter().map(subscription).collect()
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
    /// [`StoreError::Changed`] if another subscription was stored meanwhile, if another DMR owns the queue, or if the
    /// DMR is no longer registered.
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
        let transaction = transaction.enrolled(Profile::Dmr, dmr, subscription.enrolled_at)?;
        let transaction = transaction.audit(audit, Subject::default(), &before, after)?;
        transaction.commit().await.map_err(WriteError::or_changed)
    }
    /// Deletes the route subscription `old` of `dmr`, which has ended, and frees its queue for other DMRs.
    ///
    /// # Errors
    /// [`StoreError::Changed`] if another subscription was stored meanwhile.
    pub async fn delete_route_subscription(
        &self,
        audit: &AuditContext<'_>,
        dmr: &Name,
        old: &Versioned<RouteSubscription>,
    ) -> Result<(), StoreError> {
        let transaction = self
            .transaction()
            .delete(keys::route_subscription(dmr), Some(old.version))?
            .delete(keys::route_queue(&old.value.queue), None)?
            .audit(audit, Subject::default(), &old.value, &())?;
        transaction.commit().await.map_err(WriteError::or_changed)
    }
}
