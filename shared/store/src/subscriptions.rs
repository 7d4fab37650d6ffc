//! Which chatbots a destination hears of. SNS takes one subscription a destination and topic, so a
//! second chatbot widens the filter of the first one's subscription.

use std::collections::BTreeSet;

use centops_domain::{
    alerts::Destination,
    audit::Subject,
    chatbots::{Chatbot, Name},
};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Versioned,
    audit::Act,
    item::{self, Expect},
    keys,
    transaction::{Refused, Transaction},
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

    /// Stores `subscription` of `to` in place of `old`, or as the first, by `act`, which subscribed `chatbot`.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when another was stored meanwhile.
    pub async fn put_subscription(
        &self,
        act: &Act<'_>,
        chatbot: &Chatbot,
        to: &Destination,
        subscription: &Subscription,
        old: Option<&Versioned<Subscription>>,
    ) -> Result<(), StoreError> {
        let version = old.map_or(1, |old| old.version + 1);
        let item = item::to_versioned_item(keys::subscription(to), subscription, version)?;
        let transaction =
            Transaction::of(self).put(item, old.map_or(Expect::Absent, |old| Expect::Version(old.version)))?;
        let (before, after) = (old.map(|old| Shown::new(to, &old.value)), Shown::new(to, subscription));
        match transaction.audit(act, Subject::from(chatbot), &before, &after)?.commit().await {
            Ok(()) => Ok(()),
            Err(Refused::Condition(..) | Refused::Conflict) => Err(StoreError::Changed),
            Err(Refused::Failed(error)) => Err(error),
        }
    }
}

/// A subscription in the audit trail.
#[derive(Serialize)]
struct Shown<'a> {
    id: &'a str,
    protocol: &'static str,
    endpoint: &'a str,
    chatbots: &'a BTreeSet<Name>,
}

impl<'a> Shown<'a> {
    fn new(to: &'a Destination, Subscription { arn, chatbots }: &'a Subscription) -> Self {
        Self { id: arn, protocol: to.protocol().as_str(), endpoint: to.endpoint(), chatbots }
    }
}
