//! Changes of a chatbot's health by decisions.

use centops_domain::{
    audit::Subject,
    chatbots::Name,
    health::{DecisionContext, Health, Network, Policy, RaisedEvent, Standing},
    routes::OwnedChange,
};
use jiff::Timestamp;

use crate::{
    ATTEMPTS, Store, StoreError,
    audit::AuditContext,
    chatbots::{ChatbotState, chatbot_item, health_item},
    commit::Plan,
    table::{Condition, Transaction},
};

/// The circumstances of a change: the policy of the chatbot, the time, and a random number in `[0, 1)` for backoff.
#[derive(Clone, Copy)]
pub(super) struct Circumstances<'a> {
    pub(super) policy: &'a Policy,
    pub(super) now: Timestamp,
    pub(super) jitter: f64,
}

impl<'a> Circumstances<'a> {
    /// Returns the input of a decision about the chatbot of `state`.
    pub(super) fn of(self, state: &'a ChatbotState) -> DecisionContext<'a> {
        let (chatbot, Self { policy, now, jitter }) = (&state.chatbot.value, self);
        DecisionContext { name: &chatbot.name, kind: chatbot.kind, policy, now, jitter }
    }
}

impl Store {
    /// Applies `step` to the stored state of the chatbot `name`, and saves the consequences; nothing if the health
    /// stays the same. The `known` state is tried first, without reading. With `audit`, also writes the record of a
    /// changed control. Returns the value of `step` and the health after it.
    pub(super) async fn change_health<T>(
        &self,
        audit: Option<&AuditContext<'_>>,
        name: &Name,
        mut known: Option<ChatbotState>,
        circumstances: Circumstances<'_>,
        step: impl Fn(&DecisionContext, &mut Health, &mut Network) -> Result<(T, Vec<RaisedEvent>), StoreError>,
    ) -> Result<(T, Health), StoreError> {
        for _ in 0..ATTEMPTS {
            let state = match known.take() {
                Some(state) => state,
                None => Box::pin(self.chatbot_state(name)).await?,
            };
            let (chatbot, before) = (&state.chatbot.value, &state.health.value);
            let plan = |network: &mut Network| {
                let (mut health, mut counts) = (before.clone(), network.clone());
                let (value, events) = step(&circumstances.of(&state), &mut health, &mut counts)?;
                if health == *before {
                    return Ok(Plan { transaction: self.transaction(), route: None, outcome: (value, health) });
                }
                *network = counts;
                let (mut transaction, route) = self.health_transaction(&state, &health, &events, circumstances)?;
                if let Some(audit) = audit {
                    let (before, after) = (before.control(), health.control());
                    transaction = transaction.audit(audit, Subject::from(chatbot), &before, &after)?;
                }
                Ok(Plan { transaction, route, outcome: (value, health) })
            };
            match self.commit(circumstances.now, plan).await {
                Ok(changed) => return Ok(changed),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Returns the transaction that saves `health` in place of the health of `state`, and the change of the route. It
    /// contains the events, and the chatbot if its status or the reason for it changes. The health is its first write.
    pub(super) fn health_transaction(
        &self,
        state: &ChatbotState,
        health: &Health,
        events: &[RaisedEvent],
        Circumstances { policy, now, .. }: Circumstances<'_>,
    ) -> Result<(Transaction<'_>, Option<OwnedChange>), StoreError> {
        let ChatbotState { chatbot, health: old } = state;
        let (name, version) = (&chatbot.value.name, old.version + 1);
        let transaction = self
            .transaction()
            .put(health_item(name, health, version, policy)?, Condition::Version(old.version))?
            .events(&chatbot.value, version, events, now)?;
        let (before, status) = (&chatbot.value, health.routing_state().status());
        // A decision drops the pending address only if it becomes the address.
        let moved = old.value.relocation().filter(|_| health.relocation().is_none());
        let standing = Standing::of(health);
        if status == before.status && moved.is_none() && standing == before.standing {
            return Ok((transaction, None));
        }
        let mut changed = if status == before.status { before.clone() } else { before.with_status(status, now) };
        changed.standing = standing;
        if let Some(relocation) = moved {
            changed = changed.with_address(relocation.uri().clone(), now);
        }
        let item = chatbot_item(&changed, chatbot.version + 1)?;
        let route = OwnedChange::between(before, &changed);
        Ok((transaction.put(item, Condition::Version(chatbot.version))?, route))
    }
}
