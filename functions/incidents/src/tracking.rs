//! Carries out the messages of incidents: computes an incident anew, and looks at a suspected outage again.

use std::future::Future;

use centops_domain::{
    incidents::{Incident, LOOK_AFTER, Look, State},
    notifications::Enrolment,
};
use centops_queues::{CorrelateIncidents, FollowIncident};
use centops_store::{
    Store, StoreError,
    incidents::{CORRELATE_EVERY, PastCache},
};
use jiff::Timestamp;

/// Looks at a chatbot.
pub trait Looker: Send + Sync {
    /// Probes `chatbot` once. None if it was removed.
    ///
    /// # Errors
    /// When the table does not answer.
    fn look(&self, chatbot: &Enrolment) -> impl Future<Output = Result<Option<Look>, StoreError>> + Send;
}

/// The messages that follow from a message, each with its delay in seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracked {
    /// The look at a suspected outage.
    pub follow: Option<(FollowIncident, i32)>,
    /// The search for common causes.
    pub correlate: Option<(CorrelateIncidents, i32)>,
}

/// Carries out messages.
#[derive(Debug)]
pub struct Tracking<L> {
    /// The table.
    pub store: Store,
    /// The probes.
    pub looker: L,
    /// The clock.
    pub clock: fn() -> Timestamp,
    /// The past incidents, for suggestions.
    pub past: PastCache,
}

impl<L: Looker> Tracking<L> {
    /// Computes the incident of the chatbot of `message` anew, and ends the network incident that it was the last member of.
    /// Returns the messages that the caller sends.
    ///
    /// # Errors
    /// When the table does not answer. Carrying out the message again is harmless.
    pub async fn track(&self, message: &FollowIncident) -> Result<Tracked, StoreError> {
        let FollowIncident { chatbot, since, incident } = message;
        let now = (self.clock)();
        let mut followed = self.store.follow_incident(chatbot, *since, None, now).await?;
        if followed.as_ref().and_then(Incident::note_due).is_some_and(|at| at <= now) {
            let past = self.past.current(&self.store, now).await?;
            self.store.note_incident(chatbot, &past, now).await?;
        }
        let mut follow = None;
        if let Some(suspected) = followed.as_ref().filter(|incident| incident.state == State::Suspected) {
            (follow, followed) = self.look_again(chatbot, suspected, now).await?;
        }
        let over = followed.as_ref().filter(|incident| !incident.is_active());
        if let Some(parent) = over.and_then(Incident::network_parent) {
            self.store.settle_network_incident(parent, now).await?;
        }
        if let Some(id) = incident {
            self.store.unlist_incident(chatbot, *id).await?;
        }
        let may_have_common_cause = followed.is_some_and(|incident| incident.may_have_common_cause(now));
        let correlate = if may_have_common_cause { self.correlate(now).await? } else { None };
        Ok(Tracked { follow, correlate })
    }

    /// Returns the message that searches for common causes, unless the openings of these ten seconds have one already. It is
    /// delayed until all of them are stored. If its claimer crashes, the redelivery claims another.
    async fn correlate(&self, now: Timestamp) -> Result<Option<(CorrelateIncidents, i32)>, StoreError> {
        let is_claimed = self.store.claim_correlation(now).await?;
        Ok(is_claimed.then_some((CorrelateIncidents::Openings, CORRELATE_EVERY)))
    }

    /// Looks at `chatbot`, whose `incident` is suspected, if it is time to. Otherwise returns the message for that time: if it
    /// is lost, the sweep of the minute finds the incident. Returns the incident after the look.
    async fn look_again(
        &self,
        chatbot: &Enrolment,
        incident: &Incident,
        now: Timestamp,
    ) -> Result<(Option<(FollowIncident, i32)>, Option<Incident>), StoreError> {
        let id = incident.id;
        let wait = (incident.began + LOOK_AFTER).duration_since(now).as_millis();
        if wait > 0 {
            let seconds = i32::try_from(wait.div_euclid(1000) + 1).unwrap_or(i32::MAX);
            let message = FollowIncident { chatbot: chatbot.clone(), since: None, incident: Some(id) };
            return Ok((Some((message, seconds)), None));
        }
        let Some(look) = self.looker.look(chatbot).await? else { return Ok((None, None)) };
        let looked = self.store.follow_incident(chatbot, None, Some(&look), (self.clock)()).await?;
        if let Some(looked) = &looked {
            tracing::info!(
                chatbot = %chatbot.name, incident = %id, state = looked.state.as_str(), fault = look.fault,
                "suspected outage probed incident={id}"
            );
        }
        Ok((None, looked))
    }
}
