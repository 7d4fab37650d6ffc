//! Enrolment: the chatbots themselves.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use centops_domain::{
    audit::Subject,
    chatbots::{Chatbot, ChatbotChange, ChatbotType, Name, Status, Versions},
    credentials::Profile,
    health::{Health, Network, Policy, PolicyDocument, RoutingState, engine},
    institutions::Institution,
    routes::{Route, RouteChange},
};

use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    audit::Act,
    health::{Case, item_of},
    item::{self, Expect, Item},
    keys,
    revisions::Plan,
    transaction::{Refused, Transaction},
};

/// Which chatbots a list has.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this status only.
    pub status: Option<Status>,
    /// Of this type only.
    pub kind: Option<ChatbotType>,
    /// Of these institutions only, where given.
    pub institutions: Option<BTreeSet<Name>>,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// By name. May be fewer than asked for, or none, while there is a next page.
    pub chatbots: Vec<Chatbot>,
    /// The name after which the next page starts; none on the last.
    pub next: Option<Name>,
}

impl Store {
    /// Enrols `chatbot`, by `act`.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the name is taken.
    pub async fn create_chatbot(&self, act: &Act<'_>, chatbot: Chatbot) -> Result<Versioned<Chatbot>, StoreError> {
        for _ in 0..ATTEMPTS {
            let institution = self.admission(&chatbot).await?;
            let plan = |network: &mut Network| {
                let transaction = enrolment(Transaction::of(self), &chatbot, institution.as_ref(), network)?;
                let part = transaction.audit(act, Subject::from(&chatbot), &(), &chatbot)?.into_part();
                Ok(Plan { part, route: None, outcome: () })
            };
            match self.revise(act.now, plan).await {
                Ok(()) => {
                    let version = chatbot.created_at.as_millisecond();
                    return Ok(Versioned { value: chatbot, version });
                }
                Err(Refused::Condition(0, _)) => return Err(StoreError::Exists),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// What [`enrolment`] needs of the table: the record of the institution of `chatbot`, where it has one.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when a peer has the name.
    pub(crate) async fn admission(&self, chatbot: &Chatbot) -> Result<Option<Versioned<Institution>>, StoreError> {
        let (peer, institution) =
            tokio::try_join!(self.get(keys::peer(&chatbot.name)), self.institution_of(&chatbot.institution))?;
        if peer.is_some() { Err(StoreError::Exists) } else { Ok(institution) }
    }

    /// The chatbot `name`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none.
    pub async fn chatbot(&self, name: &Name) -> Result<Versioned<Chatbot>, StoreError> {
        let item = self.get(keys::chatbot(name)).await?.ok_or(StoreError::NotFound)?;
        item::from_versioned_item(item)
    }

    /// Up to `limit` chatbots after the name `after`, those that `filter` lets through. Costs a read
    /// unit for each 4 KB read, filtered out or not.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn chatbots(&self, filter: &Filter, after: Option<&Name>, limit: i32) -> Result<Page, StoreError> {
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", keys::text(keys::CHATBOTS))
            .consistent_read(true)
            .limit(limit)
            .set_exclusive_start_key(after.map(keys::chatbot));
        let mut conditions = Vec::new();
        if let Some(status) = filter.status {
            conditions.push("#status = :status".to_owned());
            let status = serde_dynamo::to_attribute_value(status).map_err(StoreError::unreadable)?;
            query =
                query.expression_attribute_names("#status", "status").expression_attribute_values(":status", status);
        }
        if let Some(kind) = filter.kind {
            conditions.push("#type = :type".to_owned());
            let kind = serde_dynamo::to_attribute_value(kind).map_err(StoreError::unreadable)?;
            query = query.expression_attribute_names("#type", "type").expression_attribute_values(":type", kind);
        }
        if let Some(institutions) = &filter.institutions {
            if institutions.is_empty() {
                return Ok(Page { chatbots: Vec::new(), next: None });
            }
            query = query.expression_attribute_names("#institution", "institution");
            let mut places = Vec::new();
            for (place, institution) in institutions.iter().enumerate() {
                let place = format!(":institution{place}");
                query = query.expression_attribute_values(&place, keys::text(institution.as_str()));
                places.push(place);
            }
            conditions.push(format!("#institution IN ({})", places.join(", ")));
        }
        if !conditions.is_empty() {
            query = query.filter_expression(conditions.join(" AND "));
        }
        let page = query.send().await.map_err(|error| StoreError::unavailable(&error))?;
        let next = item::place_after(page.last_evaluated_key)?;
        let chatbots = page.items.unwrap_or_default().into_iter().map(item::from_item).collect::<Result<_, _>>()?;
        Ok(Page { chatbots, next })
    }

    /// Changes fields of the chatbot `name`, by `act`, and its route and the counts where that follows.
    /// With `expected` only while it has that version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] when it has not the version `expected`.
    pub async fn update_chatbot(
        &self,
        act: &Act<'_>,
        name: &Name,
        expected: Option<i64>,
        change: &ChatbotChange,
    ) -> Result<Versioned<Chatbot>, StoreError> {
        for _ in 0..ATTEMPTS {
            let old = self.chatbot(name).await?;
            if expected.is_some_and(|expected| expected != old.version) {
                return Err(StoreError::Changed);
            }
            let new = Versioned { value: old.value.changed(change.clone(), act.now), version: old.version + 1 };
            match self.replace(act, &old, &new).await {
                Ok(()) => return Ok(new),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Puts `new` in place of `old`, by `act`, and what follows from another route or type.
    async fn replace(&self, act: &Act<'_>, old: &Versioned<Chatbot>, new: &Versioned<Chatbot>) -> Result<(), Refused> {
        let (before, after) = (&old.value, &new.value);
        let joined = if before.institution == after.institution {
            None
        } else {
            self.institution_of(&after.institution).await?
        };
        let replacing = || {
            let item = chatbot_item(after, new.version)?;
            Transaction::of(self).put(item, Expect::Version(old.version))?.joining(joined.as_ref())
        };
        let route = (Route::if_online(&before) != Route::if_online(&after))
            .then(|| RouteChange { name: after.name.clone(), route: Route::if_online(&after) });
        if before.kind == after.kind && route.is_none() {
            return replacing()?.audit(act, Subject::from(after), before, after)?.commit().await;
        }
        // Where it stands must not change meanwhile: its health only gets another version.
        let standing = if before.kind == after.kind { None } else { Some(self.health(&after.name).await?) };
        let policies = if standing.is_some() { self.policy().await?.value } else { PolicyDocument::default() };
        let plan = |network: &mut Network| {
            let mut transaction = replacing()?;
            if let Some(Versioned { value: health, version }) = &standing {
                network.record_transition(before.kind, Some(health.routing_state()), None);
                network.record_transition(after.kind, None, Some(health.routing_state()));
                let item = item_of(&after.name, health, version + 1, policies.for_chatbot(&after.name))?;
                transaction = transaction.put(item, Expect::Version(*version))?;
            }
            let part = transaction.audit(act, Subject::from(after), before, after)?.into_part();
            Ok(Plan { part, route: route.clone(), outcome: () })
        };
        self.revise(act.now, plan).await
    }

    /// Stores, by `act`, which `versions` the chatbot `name` runs; nothing is written when it says nothing new.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn report_versions(&self, act: &Act<'_>, name: &Name, versions: &Versions) -> Result<(), StoreError> {
        let stored = self.chatbot(name).await?;
        if stored.value.versions == *versions {
            return Ok(());
        }
        let change = ChatbotChange { versions: Some(versions.clone()), ..ChatbotChange::default() };
        self.update_chatbot(act, name, None, &change).await.map(|_| ())
    }

    /// Removes the chatbot `name`, by `act`: its health, and its route too. With `expected` only while it
    /// has that version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] when it has not the version `expected`.
    pub async fn delete_chatbot(
        &self,
        act: &Act<'_>,
        name: &Name,
        expected: Option<i64>,
        policies: &PolicyDocument,
    ) -> Result<(), StoreError> {
        /// Why its certificates and API keys are revoked.
        const REMOVED: &str = "The chatbot was removed.";
        // The first part is the removal itself.
        let (mut part, mut revoked) = (1, false);
        for _ in 0..ATTEMPTS {
            let case = Box::pin(self.case(name)).await?;
            if expected.is_some_and(|expected| expected != case.chatbot.version) {
                return Err(StoreError::Changed);
            }
            if !revoked {
                part = self.revoke_credentials_of(act, Profile::Chatbot, name, REMOVED, part).await?;
                revoked = true;
            }
            match self.remove(act, &case, policies.for_chatbot(name)).await {
                // Again, for one may have been issued meanwhile: no later holder of the name has it.
                Ok(()) => {
                    self.revoke_credentials_of(act, Profile::Chatbot, name, REMOVED, part).await?;
                    return Ok(());
                }
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Removes the chatbot of `case`, by `act`, its health and its route.
    async fn remove(&self, act: &Act<'_>, case: &Case, policy: &Policy) -> Result<(), Refused> {
        let (chatbot, standing) = (&case.chatbot.value, case.health.value.routing_state());
        let name = &chatbot.name;
        let route = (standing == RoutingState::Online).then(|| RouteChange { name: name.clone(), route: None });
        let plan = |network: &mut Network| {
            network.record_transition(chatbot.kind, Some(standing), None);
            let happened = engine::end_hold(network, chatbot.kind, policy);
            let transaction = Transaction::of(self)
                .delete(keys::chatbot(name), Some(case.chatbot.version))?
                .delete(keys::health(name), Some(case.health.version))?
                .events(name, case.health.version + 1, &happened, act.now)?;
            let part = transaction.audit(act, Subject::from(chatbot), chatbot, &())?.into_part();
            Ok(Plan { part, route: route.clone(), outcome: () })
        };
        self.revise(act.now, plan).await
    }

    /// The item of `key`, strongly consistent.
    pub(crate) async fn get(&self, key: keys::Key) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(true);
        let answer = request.send().await.map_err(|error| StoreError::unavailable(&error))?;
        Ok(answer.item)
    }

    /// Every item of the partition `pk`, strongly consistent.
    pub(crate) async fn query_all(&self, pk: &str) -> Result<Vec<Item>, StoreError> {
        let pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", keys::text(pk))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        pages.try_collect().await.map_err(|error| StoreError::unavailable(&error))
    }

    /// Puts `item` where `expect` holds. One write unit a KB.
    pub(crate) async fn put(&self, item: Item, expect: Expect) -> Result<(), Refused> {
        let put = item::put(&self.table, item, expect)?;
        let request = self
            .client
            .put_item()
            .table_name(put.table_name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names)
            .set_expression_attribute_values(put.expression_attribute_values)
            .set_return_values_on_condition_check_failure(put.return_values_on_condition_check_failure);
        let Err(error) = request.send().await else { return Ok(()) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                Err(Refused::Condition(0, failed.item().cloned()))
            }
            Some(PutItemError::TransactionConflictException(_)) => Err(Refused::Conflict),
            _ => Err(Refused::Failed(StoreError::unavailable(&error))),
        }
    }

    /// The same, and a condition that fails on the very same item is success: the client sends a request
    /// again when the answer to the first was lost, and then finds its own. Only for writes that mean
    /// the same whoever made them; a claim does not.
    pub(crate) async fn put_same(&self, item: Item, expect: Expect) -> Result<(), Refused> {
        match self.put(item.clone(), expect).await {
            Err(Refused::Condition(_, Some(found))) if found == item => Ok(()),
            result => result,
        }
    }
}

/// Adds to `transaction` what enrols `chatbot`: itself, where the name is free, and its health; what tells a
/// removal of its `institution`; and counts it.
pub(crate) fn enrolment<'a>(
    transaction: Transaction<'a>,
    chatbot: &Chatbot,
    institution: Option<&Versioned<Institution>>,
    network: &mut Network,
) -> Result<Transaction<'a>, StoreError> {
    let version = chatbot.created_at.as_millisecond();
    let health = Health::new(chatbot.created_at);
    network.record_transition(chatbot.kind, None, Some(health.routing_state()));
    transaction
        .put(chatbot_item(chatbot, version)?, Expect::Absent)?
        .put(item_of(&chatbot.name, &health, version, &Policy::default())?, Expect::Any)?
        .absent(keys::peer(&chatbot.name))?
        .joining(institution)
}

/// The item of `chatbot` with `version`.
pub(crate) fn chatbot_item(chatbot: &Chatbot, version: i64) -> Result<Item, StoreError> {
    item::to_versioned_item(keys::chatbot(&chatbot.name), chatbot, version)
}
