//! Removal of chatbots.

use centops_domain::{
    audit::Subject,
    chatbots::Name,
    credentials::Profile,
    health::{Network, Policy, PolicyDocument, RoutingState, engine},
    routes::RouteChange,
};

use super::state::ChatbotState;
use crate::{ATTEMPTS, IfMatch, Store, StoreError, audit::AuditContext, commit::Plan, keys, table::WriteError};

/// The reason for revoking the certificates and API keys of the chatbot.
const REASON: &str = "The chatbot was removed.";

impl Store {
    /// Removes the chatbot `name` with its health and its route, and revokes its certificates and API keys. `expected`
    /// must accept the version of the chatbot.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] if `expected` does not accept its version.
    pub async fn delete_chatbot(
        &self,
        audit: &AuditContext<'_>,
        name: &Name,
        expected: impl Into<IfMatch>,
        policies: &PolicyDocument,
    ) -> Result<(), StoreError> {
        let expected = expected.into();
        // Part 0 of the request is the removal itself.
        let (mut part, mut is_revoked) = (1, false);
        for _ in 0..ATTEMPTS {
            let state = Box::pin(self.chatbot_state(name)).await?;
            state.chatbot.check_version(&expected)?;
            if !is_revoked {
                part = self.revoke_credentials_of(audit, Profile::Chatbot, name, REASON, part).await?;
                is_revoked = true;
            }
            match self.remove_chatbot(audit, &state, policies.for_chatbot(name)).await {
                // Again, because a credential may have been issued meanwhile. A later chatbot of the name must not
                // have it.
                Ok(()) => {
                    self.revoke_credentials_of(audit, Profile::Chatbot, name, REASON, part).await?;
                    return Ok(());
                }
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    async fn remove_chatbot(
        &self,
        audit: &AuditContext<'_>,
        state: &ChatbotState,
        policy: &Policy,
    ) -> Result<(), WriteError> {
        let (chatbot, routing_state) = (&state.chatbot.value, state.health.value.routing_state());
        let name = &chatbot.name;
        let route = (routing_state == RoutingState::Online).then(|| RouteChange { name: name.clone(), route: None });
        let plan = |network: &mut Network| {
            network.record_transition(chatbot.kind, Some(routing_state), None);
            let events = engine::end_hold(network, chatbot.kind, policy);
            let transaction = self
                .transaction()
                .delete(keys::chatbot(name), Some(state.chatbot.version))?
                .delete(keys::health(name), Some(state.health.version))?
                .events(name, state.health.version + 1, &events, audit.now)?
                .audit(audit, Subject::from(chatbot), chatbot, &())?;
            Ok(Plan { transaction, route: route.clone(), outcome: () })
        };
        self.commit(audit.now, plan).await
    }
}
