//! Evaluation of a due chatbot, leases and probes.

use centops_domain::{
    chatbots::{Chatbot, ChatbotUri, Name},
    health::{DecisionContext, Health, Lease, Network, PolicyDocument, ProbeOutcome, RaisedEvent, engine},
    stamp,
};
use jiff::Timestamp;

use super::change::Circumstances;
use crate::{
    ATTEMPTS, Store, StoreError,
    chatbots::{ChatbotState, health_item},
    table::Condition,
};

/// Result of evaluating a due chatbot.
#[derive(Clone, Debug)]
pub struct DueEvaluation {
    /// The chatbot.
    pub chatbot: Chatbot,
    /// The lease to probe it, if a probe is due.
    pub lease: Option<Lease>,
    /// The address to probe: the chatbot's, or the pending one.
    pub uri: ChatbotUri,
    /// The events that were raised by time alone.
    pub events: Vec<RaisedEvent>,
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
            let ChatbotState { chatbot, health: stored } = state;
            let chatbot = chatbot.value;
            let pending = lease.and_then(|lease| health.pending_address(lease.id));
            let uri = pending.unwrap_or(&chatbot.uri).clone();
            let evaluation = DueEvaluation { chatbot, lease, uri, events };
            if health == stored.value {
                return Ok(evaluation);
            }
            let version = stored.version + 1;
            let item = health_item(name, &health, version, policy)?;
            let condition = Condition::Version(stored.version);
            let saved = if evaluation.events.is_empty() {
                // Not idempotent: two callers that take a lease in the same millisecond write the same item.
                self.table.put(item, condition).await
            } else {
                let transaction = self.transaction().put(item, condition)?;
                transaction.events(&evaluation.chatbot, version, &evaluation.events, now)?.commit().await
            };
            match saved {
                Ok(()) => return Ok(evaluation),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Applies the result of the probe with the lease `id` at `now`. A success restores an ejected chatbot; a failure
    /// lengthens its backoff, or ejects a chatbot that was being checked. `jitter` is in `[0, 1)`.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the chatbot does not exist any more.
    pub async fn report_probe(
        &self,
        name: &Name,
        id: u64,
        success: bool,
        policies: &PolicyDocument,
        now: Timestamp,
        jitter: f64,
    ) -> Result<ProbeOutcome, StoreError> {
        let step = |context: &DecisionContext, health: &mut Health, network: &mut Network| {
            Ok(engine::record_probe(context, health, network, id, success))
        };
        let circumstances = Circumstances { policy: policies.for_chatbot(name), now: stamp::milliseconds(now), jitter };
        let (probed, _) = self.change_health(None, name, circumstances, step).await?;
        Ok(probed)
    }
}
