//! Evaluation of a due chatbot, leases and probes.

use centops_domain::{
    chatbots::{Chatbot, ChatbotUri, Name},
    health::{DecisionContext, Health, Lease, Network, PolicyDocument, ProbeOutcome, RaisedEvent, engine},
    stamp,
};
use jiff::Timestamp;

use super::change::Circumstances;
use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    chatbots::{ChatbotState, health_item},
    table::Condition,
};

/// Result of evaluating a due chatbot.
#[derive(Clone, Debug)]
pub struct DueEvaluation {
    /// The probe to make, if one is due.
    pub probe: Option<DueProbe>,
    /// The events that were raised by time alone.
    pub events: Vec<RaisedEvent>,
}

/// A probe that the caller has the lease for.
#[derive(Clone, Debug)]
pub struct DueProbe {
    lease: Lease,
    state: ChatbotState,
}

impl DueProbe {
    /// Returns the chatbot.
    #[must_use]
    pub fn chatbot(&self) -> &Chatbot {
        &self.state.chatbot.value
    }

    /// Returns the address to probe: the chatbot's, or the pending one.
    #[must_use]
    pub fn uri(&self) -> &ChatbotUri {
        self.state.health.value.pending_address(self.lease.id).unwrap_or(&self.chatbot().uri)
    }
}

impl Store {
    /// Evaluates the chatbot `name` at `now`: takes the lease to probe it, if a probe is due and the lease is free, and
    /// applies changes that were only waiting for their time. Two read units; one write unit and two of the index.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the chatbot does not exist.
    pub async fn evaluate_due(
        &self,
        name: &Name,
        policies: &PolicyDocument,
        now: Timestamp,
    ) -> Result<DueEvaluation, StoreError> {
        let (policy, now) = (policies.for_chatbot(name), stamp::milliseconds(now));
        for _ in 0..ATTEMPTS {
            let state = Box::pin(self.chatbot_state(name)).await?;
            let mut health = state.health.value.clone();
            let circumstances = Circumstances { policy, now, jitter: 0.0 };
            let (lease, events) = engine::evaluate_due(&circumstances.of(&state), &mut health);
            let ChatbotState { chatbot, health: old } = state;
            if health == old.value {
                return Ok(DueEvaluation { probe: None, events });
            }
            let health = Versioned { value: health, version: old.version + 1 };
            let item = health_item(name, &health.value, health.version, policy)?;
            let condition = Condition::Version(old.version);
            let saved = if events.is_empty() {
                // Not idempotent: two callers that take a lease in the same millisecond write the same item.
                self.table.put(item, condition).await
            } else {
                let transaction = self.transaction().put(item, condition)?;
                transaction.events(&chatbot.value, health.version, &events, now)?.commit().await
            };
            match saved {
                Ok(()) => {
                    let state = ChatbotState { chatbot, health };
                    return Ok(DueEvaluation { probe: lease.map(|lease| DueProbe { lease, state }), events });
                }
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Applies the result of `probe` at `now`. A success restores an ejected chatbot; a failure lengthens its backoff, or
    /// ejects a chatbot that was being checked. `jitter` is in `[0, 1)`. It reads the chatbot only if it was changed
    /// since the lease was taken: two read units.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the chatbot does not exist any more.
    pub async fn report_probe(
        &self,
        probe: &DueProbe,
        success: bool,
        policies: &PolicyDocument,
        now: Timestamp,
        jitter: f64,
    ) -> Result<ProbeOutcome, StoreError> {
        let step = |context: &DecisionContext, health: &mut Health, network: &mut Network| {
            Ok(engine::record_probe(context, health, network, probe.lease.id, success))
        };
        let name = &probe.chatbot().name;
        let circumstances = Circumstances { policy: policies.for_chatbot(name), now: stamp::milliseconds(now), jitter };
        let known = Some(probe.state.clone());
        let (probed, _) = self.change_health(None, name, known, circumstances, step).await?;
        Ok(probed)
    }
}
