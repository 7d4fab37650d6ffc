//! Which chatbots a destination hears of. SNS takes one subscription a destination and topic, so a
//! second chatbot widens the filter of the first one's subscription.

use std::collections::BTreeSet;

use centops_domain::{name::Name, subscription::Destination};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Versioned,
    item::{self, Expect},
    keys,
    transaction::Refused,
};

/// A destination's one subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its ARN.
    pub arn: String,
    /// The chatbots that it hears of.
    pub chatbots: BTreeSet<Name>,
}

impl Store {
    /// The subscription of `to`, where there is one, strongly consistent. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn subscription(&self, to: &Destination) -> Result<Option<Versioned<Subscription>>, StoreError> {
        let item = self.get(keys::subscription(to)).await?;
        item.map(item::from_versioned_item).transpose()
    }

    /// Stores `subscription` of `to` in place of the version `old`, or as the first.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when another was stored meanwhile.
    pub async fn put_subscription(
        &self,
        to: &Destination,
        subscription: &Subscription,
        old: Option<i64>,
    ) -> Result<(), StoreError> {
        let version = old.map_or(1, |old| old + 1);
        let item = item::to_versioned_item(keys::subscription(to), subscription, version)?;
        match self.put_same(item, old.map_or(Expect::Absent, Expect::Version)).await {
            Ok(()) => Ok(()),
            Err(Refused::Condition(..) | Refused::Conflict) => Err(StoreError::Changed),
            Err(Refused::Failed(error)) => Err(error),
        }
    }
}
