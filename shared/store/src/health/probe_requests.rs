//! Requests of people to probe a chatbot now.

use centops_domain::{
    audit::Subject,
    chatbots::Name,
    health::{PolicyDocument, ProbeRefusal, RequestedProbe},
    stamp::{self, Stamp},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    ATTEMPTS, Store, StoreError, attributes,
    audit::AuditContext,
    chatbots::{ChatbotState, health_item},
    keys,
    table::{Condition, Item, WriteError, expiry, number},
};

/// The time from one request that changes something to the next, of one chatbot.
const INTERVAL: SignedDuration = SignedDuration::from_mins(1);
/// Retention of a claim, which is of no use after [`INTERVAL`].
const RETENTION: SignedDuration = SignedDuration::from_hours(1);

/// Error of a request for a probe.
#[derive(Debug, thiserror::Error)]
pub enum ProbeRequestError {
    /// There is nothing to probe.
    #[error(transparent)]
    Refused(#[from] ProbeRefusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Makes the chatbot `name` due for a probe at once, and returns the time at which it is due. The prober probes it as
    /// any other. A further request within a minute, or while a probe is due or being made, changes nothing.
    ///
    /// Two read units; a transaction of the claim, the health and the audit record.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the chatbot does not exist; [`ProbeRequestError::Refused`].
    pub async fn request_probe(
        &self,
        audit: &AuditContext<'_>,
        name: &Name,
        policies: &PolicyDocument,
    ) -> Result<RequestedProbe, ProbeRequestError> {
        let (policy, now) = (policies.for_chatbot(name), stamp::milliseconds(audit.now));
        let requested = |due| RequestedProbe { chatbot: name.clone(), due: Stamp(due) };
        for _ in 0..ATTEMPTS {
            let ChatbotState { chatbot, health: old } = Box::pin(self.chatbot_state(name)).await?;
            let mut health = old.value.clone();
            let probe = requested(health.request_probe(now)?);
            if health == old.value {
                return Ok(probe);
            }
            let before = old.value.next_probe(policy);
            let transaction = self
                .transaction()
                .put(claim(name, now), Condition::Expired(now))?
                .put(health_item(name, &health, old.version + 1, policy)?, Condition::Version(old.version))?
                .audit(audit, Subject::from(&chatbot.value), &before.map(requested), &probe)?;
            match transaction.commit().await {
                Ok(()) => return Ok(probe),
                // It was requested within the last minute.
                Err(WriteError::Condition { position: 0, .. }) => return Ok(requested(before.unwrap_or(now))),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }
}

/// Returns the claim to request a probe of the chatbot `name` from `now` on.
fn claim(name: &Name, now: Timestamp) -> Item {
    let mut item = keys::probe_request(name);
    item.insert(attributes::UNTIL.to_owned(), number((now + INTERVAL).as_millisecond()));
    item.insert(attributes::EXPIRES.to_owned(), expiry(now, RETENTION));
    item
}
