//! Changes of chatbots.

use centops_domain::{
    audit::Subject,
    chatbots::{Chatbot, ChatbotChange, Name, Versions},
    health::{Network, PolicyDocument},
    routes::{Route, RouteChange},
};

use super::state::{chatbot_item, health_item};
use crate::{
    ATTEMPTS, IfMatch, Store, StoreError, Versioned,
    audit::AuditContext,
    commit::Plan,
    table::{Condition, WriteError},
};

impl Store {
    /// Changes fields of the chatbot `name`, and with them its route and the counts of the network. `expected` must
    /// accept its version.
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
            let new = Versioned { value: old.value.changed(change.clone(), audit.now), version: old.version + 1 };
            match self.replace_chatbot(audit, &old, &new).await {
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

    /// Replaces `old` by `new`. A change of route or type also changes the network.
    async fn replace_chatbot(
        &self,
        audit: &AuditContext<'_>,
        old: &Versioned<Chatbot>,
        new: &Versioned<Chatbot>,
    ) -> Result<(), WriteError> {
        let (before, after) = (&old.value, &new.value);
        let institution = if before.institution == after.institution {
            None
        } else {
            self.find_institution(&after.institution).await?
        };
        let replacement = || {
            let item = chatbot_item(after, new.version)?;
            let transaction = self.transaction().put(item, Condition::Version(old.version))?;
            transaction.join_institution(institution.as_ref())
        };
        let subject = Subject::from(after);
        let route = (Route::if_online(before) != Route::if_online(after))
            .then(|| RouteChange { name: after.name.clone(), route: Route::if_online(after) });
        if before.kind == after.kind && route.is_none() {
            return replacement()?.audit(audit, subject, before, after)?.commit().await;
        }
        // With the type the counts change, by the routing state. The health gets another version, so that the routing
        // state cannot change at the same time.
        let health = if before.kind == after.kind { None } else { Some(self.health(&after.name).await?) };
        let policies = if health.is_some() { self.policy().await?.value } else { PolicyDocument::default() };
        let plan = |network: &mut Network| {
            let mut transaction = replacement()?;
            if let Some(Versioned { value: health, version }) = &health {
                network.record_transition(before.kind, Some(health.routing_state()), None);
                network.record_transition(after.kind, None, Some(health.routing_state()));
                let item = health_item(&after.name, health, version + 1, policies.for_chatbot(&after.name))?;
                transaction = transaction.put(item, Condition::Version(*version))?;
            }
            let transaction = transaction.audit(audit, subject.clone(), before, after)?;
            Ok(Plan { transaction, route: route.clone(), outcome: () })
        };
        self.commit(audit.now, plan).await
    }
}
