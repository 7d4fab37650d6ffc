//! The subscriptions that were told of an outage.

use centops_domain::{
    incidents::{Author, Entry, EntryContent},
    notifications::{Enrolment, NotifiedStatus, Subscription},
};
use jiff::Timestamp;

use super::items::entry_item;
use crate::{Store, StoreError, keys::IncidentsOf};

impl Store {
    /// Adds to the timeline of the latest incident of `chatbot` that the message `message` told `subscription` its `status`,
    /// and was accepted at `at`. Doing it again writes the same. Returns false if the incident does not have that outage.
    ///
    /// One read unit for each 4 KB of the incident, and one write unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn record_told(
        &self,
        subscription: &Subscription,
        (chatbot, status): (&Enrolment, NotifiedStatus),
        message: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let latest = self.latest_incident(IncidentsOf::Chatbot(chatbot)).await?.incident;
        let Some(incident) = latest.filter(|incident| incident.value.covers(status.since)) else { return Ok(false) };
        let content = EntryContent::Notified {
            subscription: subscription.id,
            institution: subscription.coverage.institution().cloned(),
            channel: subscription.address.channel(),
            status: status.status,
        };
        let entry = Entry { at, id: format!("told:{message}"), by: Author::System, content };
        self.table.write_batch(vec![entry_item(&incident.value, &entry)?], vec![]).await?;
        Ok(true)
    }
}
