//! Removal of chatbots.

use centops_domain::{
    alerts::EventKind,
    audit::Subject,
    chatbots::Name,
    credentials::Profile,
    health::{Network, Policy, PolicyDocument, RaisedEvent, RoutingState, engine},
    routes::OwnedChange,
};

use super::state::ChatbotState;
use crate::{
    ATTEMPTS, IfMatch, Store, StoreError, audit::AuditContext, commit::Plan, credentials::Sweep, keys,
    table::WriteError,
};

/// Result of a successful removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// The chatbot was removed.
    Removed,
    /// It was removed before, and the [`Sweep`] of that removal was carried out.
    Resumed,
}

impl Store {
    /// Removes the chatbot `name` with its health and its route. Its certificates and API keys are refused from then
    /// on, because its enrolment has ended; afterwards they are marked as revoked by a [`Sweep`]. If that fails, the
    /// sweep stays stored and is carried out later. `expected` must accept the version of the chatbot.
    ///
    /// Repeated while a sweep of the name is unfinished, this carries it out and succeeds.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] if `expected` does not accept its version.
    pub async fn delete_chatbot(
        &self,
        audit: &AuditContext<'_>,
        name: &Name,
        expected: impl Into<IfMatch>,
        policies: &PolicyDocument,
    ) -> Result<Removal, StoreError> {
        let expected = expected.into();
        for _ in 0..ATTEMPTS {
            let state = match Box::pin(self.chatbot_state(name)).await {
                Ok(state) => state,
                Err(StoreError::NotFound) => {
                    let sweeps = self.sweeps_of(Profile::Chatbot, name).await?;
                    if sweeps.is_empty() {
                        return Err(StoreError::NotFound);
                    }
                    self.sweep_removed(audit, &sweeps).await;
                    return Ok(Removal::Resumed);
                }
                Err(error) => return Err(error),
            };
            state.chatbot.check_version(&expected)?;
            let sweep = Sweep::of_enrolment(audit, Profile::Chatbot, name, state.chatbot.value.created_at);
            match self.remove_chatbot(audit, &state, policies.for_chatbot(name), &sweep).await {
                Ok(()) => {
                    self.sweep_removed(audit, &[sweep]).await;
                    return Ok(Removal::Removed);
                }
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Carries out `sweeps` of removed chatbots. The chatbots are removed already, so a failure is only logged.
    async fn sweep_removed(&self, audit: &AuditContext<'_>, sweeps: &[Sweep]) {
        for sweep in sweeps {
            if let Err(error) = self.sweep_chatbot(audit, sweep).await {
                let name = sweep.name.as_str();
                tracing::error!(%error, name, "failed to revoke the credentials of a removed chatbot name={name}");
            }
        }
    }

    async fn remove_chatbot(
        &self,
        audit: &AuditContext<'_>,
        state: &ChatbotState,
        policy: &Policy,
        sweep: &Sweep,
    ) -> Result<(), WriteError> {
        let (chatbot, routing_state) = (&state.chatbot.value, state.health.value.routing_state());
        let name = &chatbot.name;
        let route = (routing_state == RoutingState::Online).then(|| OwnedChange::new(chatbot, None));
        let plan = |network: &mut Network| {
            network.record_transition(chatbot.kind, Some(routing_state), None);
            // Nobody is told: whoever removes it knows. Its incident ends by it.
            let event = EventKind::ChatbotRemoved { chatbot: name.clone() };
            let mut events = vec![RaisedEvent { event, notify: false }];
            events.extend(engine::end_hold(network, chatbot.kind, policy));
            let transaction = self
                .transaction()
                .delete(keys::chatbot(name), Some(state.chatbot.version))?
                .delete(keys::health(name), Some(state.health.version))?
                .sweep(sweep)?
                .events(chatbot, state.health.version + 1, &events, audit.now)?
                .audit(audit, Subject::from(chatbot), chatbot, &())?;
            Ok(Plan { transaction, route: route.clone(), outcome: () })
        };
        self.commit(audit.now, plan).await
    }
}
