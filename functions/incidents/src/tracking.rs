//! Carries out the messages of incidents: computes an incident anew, and looks at a suspected outage again.

use std::future::Future;

use centops_domain::{
    incidents::{Incident, LOOK_AFTER, Look, State},
    notifications::Enrolment,
};
use centops_queues::FollowIncident;
use centops_store::{Store, StoreError};
use jiff::Timestamp;

/// Looks at a chatbot.
pub trait Looker: Send + Sync {
    /// Probes `chatbot` once. None if it was removed.
    ///
    /// # Errors
    /// When the table does not answer.
    fn look(&self, chatbot: &Enrolment) -> impl Future<Output = Result<Option<Look>, StoreError>> + Send;
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
}

impl<L: Looker> Tracking<L> {
    /// Computes the incident of the chatbot of `message` anew. Returns the messages that the caller sends, each with its
    /// delay in seconds.
    ///
    /// # Errors
    /// When the table does not answer. Carrying out the message again is harmless.
    pub async fn track(&self, message: &FollowIncident) -> Result<Vec<(FollowIncident, i32)>, StoreError> {
        let FollowIncident { chatbot, since, incident } = message;
        let now = (self.clock)();
        let followed = self.store.follow_incident(chatbot, *since, None, now).await?;
        let suspected = followed.filter(|incident| incident.state == State::Suspected);
        let later = match suspected {
            Some(suspected) => self.look_again(&suspected, now).await?,
            None => None,
        };
        if let Some(id) = incident {
            self.store.unlist_incident(chatbot, *id).await?;
        }
        Ok(later.into_iter().collect())
    }

    /// Looks at the chatbot of `incident` if it is time to. Returns the message for that time otherwise. If it is lost, the
    /// sweep of the minute finds the incident.
    async fn look_again(
        &self,
        incident: &Incident,
        now: Timestamp,
    ) -> Result<Option<(FollowIncident, i32)>, StoreError> {
        let (chatbot, id) = (&incident.chatbot, incident.id);
        let wait = (incident.began + LOOK_AFTER).duration_since(now).as_millis();
        if wait > 0 {
            let seconds = i32::try_from(wait.div_euclid(1000) + 1).unwrap_or(i32::MAX);
            let message = FollowIncident { chatbot: chatbot.clone(), since: None, incident: Some(id) };
            return Ok(Some((message, seconds)));
        }
        let Some(look) = self.looker.look(chatbot).await? else { return Ok(None) };
        if let Some(looked) = self.store.follow_incident(chatbot, None, Some(&look), (self.clock)()).await? {
            tracing::info!(
                chatbot = %chatbot.name, incident = %id, state = looked.state.as_str(), fault = look.fault,
                "suspected outage probed incident={id}"
            );
        }
        Ok(None)
    }
}
