//! The queues in which DMRs hear of the route table. A DMR has one, and a queue is one DMR's: who replaces
//! its own ends no other's.

use centops_domain::{audit::Subject, chatbots::Name};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Versioned,
    audit::Act,
    item::{self, Expect},
    keys,
    transaction::{Refused, Transaction},
};

/// A DMR's subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteSubscription {
    /// Its ARN.
    pub arn: String,
    /// The queue's ARN.
    pub queue: String,
}

/// Whose a queue is.
#[derive(Serialize, Deserialize)]
struct Holder {
    dmr: Name,
}

impl Store {
    /// The subscription of `dmr`, where there is one, strongly consistent. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn route_subscription(&self, dmr: &Name) -> Result<Option<Versioned<RouteSubscription>>, StoreError> {
        let item = self.get(keys::route_subscription(dmr)).await?;
        item.map(item::from_versioned_item).transpose()
    }

    /// The DMR that has `queue`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn route_queue_holder(&self, queue: &str) -> Result<Option<Name>, StoreError> {
        let item = self.get(keys::route_queue(queue)).await?;
        Ok(item.map(item::from_item::<Holder>).transpose()?.map(|holder| holder.dmr))
    }

    /// Stores `subscription` of `dmr` in place of `old`, or as the first, by `act`.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when another was stored meanwhile, or the queue has become another DMR's.
    pub async fn put_route_subscription(
        &self,
        act: &Act<'_>,
        dmr: &Name,
        subscription: &RouteSubscription,
        old: Option<&Versioned<RouteSubscription>>,
    ) -> Result<(), StoreError> {
        let version = old.map_or(1, |old| old.version + 1);
        let item = item::to_versioned_item(keys::route_subscription(dmr), subscription, version)?;
        let mut transaction =
            Transaction::of(self).put(item, old.map_or(Expect::Absent, |old| Expect::Version(old.version)))?;
        let former = old.map(|old| old.value.queue.as_str());
        if former != Some(subscription.queue.as_str()) {
            let holder = item::to_item(keys::route_queue(&subscription.queue), Holder { dmr: dmr.clone() })?;
            transaction = transaction.put(holder, Expect::Absent)?;
            if let Some(former) = former {
                transaction = transaction.delete(keys::route_queue(former), None)?;
            }
        }
        let (before, after) = (old.map(|old| &old.value), subscription);
        match transaction.audit(act, Subject::default(), &before, after)?.commit().await {
            Ok(()) => Ok(()),
            Err(Refused::Condition(..) | Refused::Conflict) => Err(StoreError::Changed),
            Err(Refused::Failed(error)) => Err(error),
        }
    }
}
