//! Triage notes of incidents.

use centops_domain::{
    incidents::{MAX_NOTED_EVENTS, PastId, PastIncident, TriageFacts, triage},
    notifications::Enrolment,
};
use jiff::Timestamp;

use crate::{Store, StoreError, alerts::EventQuery, keys::IncidentsOf, table::WriteError};

impl Store {
    /// Makes the triage note of the latest incident of `chatbot`, if one is due at `now`. `past` are the past incidents. If the
    /// incident was changed meanwhile, it stays due. Returns whether a note was due.
    ///
    /// One read unit a 4 KB of the incident and of the health, half a unit a 4 KB of ten events; two write units a KB of the
    /// incident, two for the entry, and those of the index.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn note_incident(
        &self,
        chatbot: &Enrolment,
        past: &[PastIncident<PastId>],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let latest = self.latest_incident(IncidentsOf::Chatbot(chatbot)).await?.incident;
        let is_due = |at: Timestamp| at <= now;
        let Some(found) = latest.filter(|found| found.value.note_due().is_some_and(is_due)) else { return Ok(false) };
        let health = match self.health(&chatbot.name).await {
            Ok(health) => Some(health.value),
            Err(StoreError::NotFound) => None,
            Err(error) => return Err(error),
        };
        let health = health.filter(|health| chatbot.is_at(health.enrolled_at));
        let query = EventQuery { limit: MAX_NOTED_EVENTS, ..EventQuery::default() };
        let mut events = self.events_of_chatbot(&chatbot.name, chatbot.enrolled_at, &query, now).await?.items;
        events.reverse();
        let (incident, health, advice) = (&found.value, health.as_ref(), found.value.advice(past));
        let note = triage(&TriageFacts { incident, events: &events, health, advice: advice.as_ref(), now });
        let step = incident.with_note(note, now);
        let transaction = self.transaction().incident(&step, found.version, incident.is_active())?;
        transaction.commit().await.or_else(WriteError::retryable)?;
        Ok(true)
    }
}
