//! Subscriptions to alerts. SNS takes one subscription for each destination and topic, so a second chatbot widens the
//! filter of the existing subscription.

use std::collections::BTreeSet;

use centops_domain::{
    alerts::Destination,
    audit::Subject,
    chatbots::{Chatbot, Name},
};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Versioned,
    audit::AuditContext,
    keys,
    table::{self, Condition, WriteError},
};

/// The subscription of a destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The ARN of the subscription.
    pub arn: String,
    /// The chatbots whose alerts it receives.
    pub chatbots: BTreeSet<Name>,
}

impl Store {
    /// Returns the subscription of `destination`, if there is one, strongly consistent. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn subscription(&self, destination: &Destination) -> Result<Option<Versioned<Subscription>>, StoreError> {
        let item = self.table.get(keys::subscription(destination)).await?;
        item.map(table::from_versioned_item).transpose()
    }

    /// Stores `subscription` of `destination` in place of `old`, or as its first. The audit record names `chatbot`,
    /// which was added.
    ///
    /// # Errors
    /// [`StoreError::Changed`] if another subscription was stored meanwhile.
    pub async fn put_subscription(
        &self,
        audit: &AuditContext<'_>,
        chatbot: &Chatbot,
        destination: &Destination,
        subscription: &Subscription,
        old: Option<&Versioned<Subscription>>,
    ) -> Result<(), StoreError> {
        let version = old.map_or(0, |old| old.version);
        let item = table::to_versioned_item(keys::subscription(destination), subscription, version + 1)?;
        let transaction = self.transaction().put(item, Condition::replaces(version))?;
        let before = old.map(|old| AuditedSubscription::new(destination, &old.value));
        let after = AuditedSubscription::new(destination, subscription);
        let transaction = transaction.audit(audit, Subject::from(chatbot), &before, &after)?;
        transaction.commit().await.map_err(WriteError::or_changed)
    }
}

/// A subscription as the audit record shows it.
#[derive(Serialize)]
struct AuditedSubscription<'a> {
    id: &'a str,
    protocol: &'static str,
    endpoint: &'a str,
    chatbots: &'a BTreeSet<Name>,
}

impl<'a> AuditedSubscription<'a> {
    fn new(destination: &'a Destination, Subscription { arn, chatbots }: &'a Subscription) -> Self {
        Self { id: arn, protocol: destination.protocol().as_str(), endpoint: destination.endpoint(), chatbots }
    }
}
