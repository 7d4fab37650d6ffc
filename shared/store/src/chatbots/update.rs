//! Changes of chatbots.

use centops_domain::{
    alerts::{Event, EventKind},
    audit::Subject,
    chatbots::{Chatbot, ChatbotChange, Name, Versions},
    health::{AddressChange, Network, RoutingState, Standing, engine},
    routes::OwnedChange,
    stamp,
};
use jiff::Timestamp;

use super::state::{chatbot_item, health_item};
use crate::{
    ATTEMPTS, IfMatch, Store, StoreError, Versioned,
    audit::AuditContext,
    commit::Plan,
    keys::EventSubject,
    table::{Condition, Item, WriteError},
};

impl Store {
    /// Changes fields of the chatbot `name`, and with them its route and the counts of the network. A routed chatbot keeps
    /// its address until the new one has passed its probes. `expected` must accept its version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] if `expected` does not accept its version.
    pub async fn update_chatbot(
        &self,
        audit: &AuditContext<'_>,
        name: &Name,
        expected: impl Into<IfMatch>,
        change: &ChatbotChange,
    ) -> Result<Versioned<Chatbot>, StoreError> {
        let expected = expected.into();
        for _ in 0..ATTEMPTS {
            let old = self.chatbot(name).await?;
            old.check_version(&expected)?;
            let (value, health) = self.changed(&old.value, change, audit.now).await?;
            let new = Versioned { value, version: old.version + 1 };
            match self.replace_chatbot(audit, &old, &new, health.as_ref()).await {
                Ok(()) => return Ok(new),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Stores the `versions` of the components that the chatbot `name` runs, unless they are stored already.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn report_versions(
        &self,
        audit: &AuditContext<'_>,
        name: &Name,
        versions: &Versions,
    ) -> Result<(), StoreError> {
        let stored = self.chatbot(name).await?;
        if stored.value.versions == *versions {
            return Ok(());
        }
        let change = ChatbotChange { versions: Some(versions.clone()), ..ChatbotChange::default() };
        self.update_chatbot(audit, name, None, &change).await.map(|_| ())
    }

    /// Returns `old` after `change` at `now`, and the change of its health, if there is one: an address concerns the
    /// probes. With the type the counts of the network change, by the routing state; the health gets another version, so
    /// that the routing state cannot change at the same time.
    async fn changed(
        &self,
        old: &Chatbot,
        change: &ChatbotChange,
        now: Timestamp,
    ) -> Result<(Chatbot, Option<HealthChange>), StoreError> {
        let new = old.changed(change.clone(), now);
        let uri = change.uri.as_ref().filter(|uri| **uri != old.uri || old.pending_uri.is_some());
        if uri.is_none() && new.kind == old.kind {
            return Ok((new, None));
        }
        let (name, now) = (&old.name, stamp::milliseconds(now));
        let (stored, policies) = tokio::try_join!(self.health(name), self.policy())?;
        let (policy, mut health) = (policies.value.for_chatbot(name), stored.value);
        let moved = uri.map(|uri| (uri, engine::change_address(&mut health, &old.uri, uri, policy, now)));
        let new = match moved {
            None => new,
            Some((uri, AddressChange::Pending)) => {
                Chatbot { uri: old.uri.clone(), pending_uri: Some(uri.clone()), ..new }
            }
            Some((_, AddressChange::AtOnce | AddressChange::Unchanged)) => Chatbot { pending_uri: None, ..new },
        };
        let item = health_item(name, &health, stored.version + 1, policy)?;
        let change = HealthChange { item, before: stored.version, routing_state: health.routing_state() };
        Ok((Chatbot { standing: Standing::of(&health), ..new }, Some(change)))
    }

    /// Replaces `old` by `new`. A change of route or type also changes the network.
    async fn replace_chatbot(
        &self,
        audit: &AuditContext<'_>,
        old: &Versioned<Chatbot>,
        new: &Versioned<Chatbot>,
        health: Option<&HealthChange>,
    ) -> Result<(), WriteError> {
        let (before, after) = (&old.value, &new.value);
        let institution = if before.institution == after.institution {
            None
        } else {
            self.find_institution(&after.institution).await?
        };
        let replacement = || {
            let item = chatbot_item(after, new.version)?;
            let mut transaction = self.transaction().put(item, Condition::Version(old.version))?;
            if let Some(HealthChange { item, before, .. }) = health {
                transaction = transaction.put(item.clone(), Condition::Version(*before))?;
            }
            if let Some(event) = transfer(before, after, new.version, audit.now) {
                transaction = transaction.event(EventSubject::Chatbot(&after.name, after.created_at), &event)?;
            }
            transaction.join_institution(institution.as_ref())?.audit(audit, Subject::from(after), before, after)
        };
        let route = OwnedChange::between(before, after);
        if before.kind == after.kind && route.is_none() {
            return replacement()?.commit().await;
        }
        let plan = |network: &mut Network| {
            if let Some(HealthChange { routing_state, .. }) = health
                && before.kind != after.kind
            {
                network.record_transition(before.kind, Some(*routing_state), None);
                network.record_transition(after.kind, None, Some(*routing_state));
            }
            Ok(Plan { transaction: replacement()?, route: route.clone(), outcome: () })
        };
        self.commit(audit.now, plan).await
    }
}

/// Returns the event of a change of the institution. The version is that of the chatbot after it.
fn transfer(before: &Chatbot, after: &Chatbot, version: i64, at: Timestamp) -> Option<Event> {
    (before.institution != after.institution).then(|| {
        let (chatbot, from, to) = (after.name.clone(), before.institution.clone(), after.institution.clone());
        let id = format!("{chatbot}-transferred-{version}");
        Event { id, at, quiet: false, kind: EventKind::ChatbotTransferred { chatbot, from, to } }
    })
}

/// A change of the health of a chatbot that is changed.
struct HealthChange {
    item: Item,
    /// The version that it replaces.
    before: i64,
    routing_state: RoutingState,
}
