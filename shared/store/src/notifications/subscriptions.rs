//! Subscriptions by institution and by id.

use std::collections::{BTreeMap, BTreeSet};

use centops_domain::{
    audit::Subject,
    chatbots::{Chatbot, Name},
    notifications::{EndedBy, InvalidTransition, Present, SettingsChange, Subscription, SubscriptionId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    ATTEMPTS, IfMatch, Page, Store, StoreError, Versioned, attributes,
    audit::AuditContext,
    keys,
    table::{self, Condition, Item, Transaction, WriteError, from_json_item, text_of},
};

/// The sort key of the item that names the institution of a subscription.
const SUBSCRIPTION: &str = "SUBSCRIPTION";

/// A subscription, and where its messages are published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredSubscription {
    /// The subscription.
    #[serde(flatten)]
    pub subscription: Subscription,
    /// The ARN of its SNS topic, once it was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The ARN of the subscription of the address to the topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
}

impl From<Subscription> for StoredSubscription {
    fn from(subscription: Subscription) -> Self {
        Self { subscription, topic: None, arn: None }
    }
}

impl StoredSubscription {
    /// Returns it with `subscription` in place of the one that it has.
    #[must_use]
    pub fn with(&self, subscription: Subscription) -> Self {
        Self { subscription, ..self.clone() }
    }

    /// Returns it if it is of this generation. What SNS, a recipient or a worker says of an earlier one does not concern it.
    ///
    /// # Errors
    /// [`InvalidTransition::Ended`] if it was subscribed anew since.
    pub fn of_generation(&self, generation: u32) -> Result<&Self, InvalidTransition> {
        if self.subscription.generation == generation { Ok(self) } else { Err(InvalidTransition::Ended) }
    }

    /// Returns it after the recipient confirmed this generation at `now`.
    ///
    /// # Errors
    /// Those of [`StoredSubscription::of_generation`] and [`Subscription::confirmed`].
    pub fn confirmed(&self, generation: u32, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(self.with(self.of_generation(generation)?.subscription.confirmed(now)?))
    }

    /// Returns it after the address of this generation was subscribed to `topic` as `arn`; `confirmed` if SNS asks nobody.
    ///
    /// # Errors
    /// Those of [`StoredSubscription::confirmed`].
    pub fn subscribed(
        &self,
        generation: u32,
        topic: &str,
        arn: &str,
        confirmed: bool,
        now: Timestamp,
    ) -> Result<Self, InvalidTransition> {
        let old = self.of_generation(generation)?;
        let old = if confirmed { old.confirmed(generation, now)? } else { old.clone() };
        Ok(Self { topic: Some(topic.to_owned()), arn: Some(arn.to_owned()), ..old })
    }

    /// Returns it after `by` ended it at `now`.
    #[must_use]
    pub fn ended(&self, by: EndedBy, now: Timestamp) -> Self {
        self.with(self.subscription.ended(by, now))
    }

    /// Returns it without `topic`, which was deleted. One with another topic stays as it is.
    #[must_use]
    pub fn without_topic(&self, topic: &str) -> Self {
        if self.topic.as_deref() == Some(topic) { Self::from(self.subscription.clone()) } else { self.clone() }
    }
}

/// Error of a change of a subscription.
#[derive(Debug, thiserror::Error)]
pub enum SubscribeError {
    /// Its state does not allow the change.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Returns all subscriptions of `institution`, strongly consistent; none is the operations centre. One read unit for
    /// each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn subscribers(&self, institution: Option<&Name>) -> Result<Vec<StoredSubscription>, StoreError> {
        let items = self.table.all(&keys::subscribers_pk(institution)).await?;
        items.iter().map(|item| read(item).map(|read| read.value)).collect()
    }

    /// Returns a page of up to `limit` subscriptions of `institution`, by id, after `after`.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn subscribers_page(
        &self,
        institution: Option<&Name>,
        after: Option<SubscriptionId>,
        limit: i32,
    ) -> Result<Page<StoredSubscription, SubscriptionId>, StoreError> {
        let query = self.table.query_partition(&keys::subscribers_pk(institution));
        let query = query.set_exclusive_start_key(after.map(|id| keys::subscriber(institution, id)));
        table::fetch_page(query, limit, |item| read(&item).map(|read| Some(read.value))).await
    }

    /// Returns the institutions that have or had subscriptions; none among them is the operations centre. One read unit for
    /// each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn subscribing_institutions(&self) -> Result<Vec<Option<Name>>, StoreError> {
        let items = self.table.all(keys::SUBSCRIBING).await?;
        let read = |item: &Item| match text_of(item, attributes::SK)? {
            keys::OPERATIONS => Ok(None),
            name => name.parse().map(Some).map_err(StoreError::unreadable),
        };
        items.iter().map(read).collect()
    }

    /// Returns the subscription `id`, strongly consistent. Two read units.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there never was one.
    pub async fn subscriber(&self, id: SubscriptionId) -> Result<Versioned<StoredSubscription>, StoreError> {
        let item = self.table.get(keys::notify(id, SUBSCRIPTION)).await?.ok_or(StoreError::NotFound)?;
        let institution: Option<Name> = table::json_of(&item, attributes::DOCUMENT)?;
        let item = self.table.get(keys::subscriber(institution.as_ref(), id)).await?.ok_or(StoreError::NotFound)?;
        read(&item)
    }

    /// Returns the present facts of those of the chatbots `names` that are enrolled, strongly consistent. One read unit
    /// each.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn present_chatbots(&self, names: &BTreeSet<Name>) -> Result<BTreeMap<Name, Present>, StoreError> {
        let keys: Vec<_> = names.iter().map(keys::chatbot).collect();
        let chatbots = self.table.get_many(&keys).await?.into_iter().map(table::from_item::<Chatbot>);
        chatbots.map(|chatbot| chatbot.map(|chatbot| (chatbot.name.clone(), Present::from(&chatbot)))).collect()
    }

    /// Stores the new `subscription`; one that has ended begins anew.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if it has not ended; [`SubscribeError::Transition`] if its recipient ended it.
    pub async fn create_subscriber(
        &self,
        audit: &AuditContext<'_>,
        subscription: Subscription,
    ) -> Result<Versioned<StoredSubscription>, SubscribeError> {
        for _ in 0..ATTEMPTS {
            let old = match self.subscriber(subscription.id).await {
                Ok(old) => Some(old),
                Err(StoreError::NotFound) => None,
                Err(error) => return Err(error.into()),
            };
            let renewed = match &old {
                None => subscription.clone(),
                Some(old) => renew(&old.value.subscription, &subscription, audit.now)?,
            };
            let version = old.as_ref().map_or(0, |old| old.version);
            let new = Versioned { value: StoredSubscription::from(renewed), version: version + 1 };
            match self.put_subscriber(audit, old.as_ref(), &new).await {
                Ok(()) => return Ok(new),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Changes the subscription `id` by `change`. `expected` must accept its version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] if `expected` does not accept its version; the error of `change`.
    pub async fn change_subscriber(
        &self,
        audit: &AuditContext<'_>,
        id: SubscriptionId,
        expected: impl Into<IfMatch>,
        change: impl Fn(&StoredSubscription) -> Result<StoredSubscription, InvalidTransition>,
    ) -> Result<Versioned<StoredSubscription>, SubscribeError> {
        let expected = expected.into();
        for _ in 0..ATTEMPTS {
            let old = self.subscriber(id).await?;
            old.check_version(&expected)?;
            let new = Versioned { value: change(&old.value)?, version: old.version + 1 };
            if new.value == old.value {
                return Ok(old);
            }
            match self.put_subscriber(audit, Some(&old), &new).await {
                Ok(()) => return Ok(new),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    async fn put_subscriber(
        &self,
        audit: &AuditContext<'_>,
        old: Option<&Versioned<StoredSubscription>>,
        new: &Versioned<StoredSubscription>,
    ) -> Result<(), WriteError> {
        let subscription = &new.value.subscription;
        let institution = subscription.coverage.institution();
        let version = old.map_or(0, |old| old.version);
        let mut transaction = self.transaction().subscriber(new, Condition::replaces(version))?;
        if old.is_none() {
            // Not in the attribute `institution`: the index by institution has chatbots and peers only.
            let mut item = keys::notify(subscription.id, SUBSCRIPTION);
            let json = serde_json::to_string(&institution).map_err(StoreError::unreadable)?;
            item.insert(attributes::DOCUMENT.to_owned(), table::text(json));
            transaction =
                transaction.put(item, Condition::None)?.put(keys::subscribing(institution), Condition::None)?;
        }
        let subject = subject_of(subscription);
        let before = old.map(|old| old.value.subscription.view(audit.now));
        transaction.audit(audit, subject, &before, &subscription.view(audit.now))?.commit().await
    }
}

impl Transaction<'_> {
    /// Adds a put of the subscription `new`.
    pub(crate) fn subscriber(
        self,
        new: &Versioned<StoredSubscription>,
        condition: Condition,
    ) -> Result<Self, StoreError> {
        let subscription = &new.value.subscription;
        let key = keys::subscriber(subscription.coverage.institution(), subscription.id);
        let mut item = table::to_json_item(key, attributes::DOCUMENT, new)?;
        if let Some(until) = subscription.state.kept_until() {
            item.insert(attributes::EXPIRES.to_owned(), table::number(until.as_second()));
        }
        self.put(item, condition)
    }
}

/// Returns the subject of an audit record about `subscription`.
pub(super) fn subject_of(subscription: &Subscription) -> Subject {
    Subject { chatbot: None, institution: subscription.coverage.institution().cloned() }
}

/// Returns the subscription that follows `old`, as `new` requests it.
fn renew(old: &Subscription, new: &Subscription, now: Timestamp) -> Result<Subscription, SubscribeError> {
    match old.renewed(new.coverage.clone(), SettingsChange::default(), now) {
        Ok(renewed) => Ok(Subscription { settings: new.settings.clone(), ..renewed }),
        Err(InvalidTransition::NotEnded) => Err(StoreError::Exists.into()),
        Err(error) => Err(error.into()),
    }
}

fn read(item: &Item) -> Result<Versioned<StoredSubscription>, StoreError> {
    from_json_item(item, attributes::DOCUMENT)
}
