//! Incidents that have to be computed anew because of the time.

use centops_domain::{incidents::IncidentId, notifications::Enrolment};
use jiff::Timestamp;

use crate::{Store, StoreError, attributes, keys, table::text_of};

/// An incident that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueIncident {
    /// Since when.
    pub at: Timestamp,
    /// The incident.
    pub id: IncidentId,
    /// Its chatbot; none of a network incident.
    pub chatbot: Option<Enrolment>,
}

impl Store {
    /// Returns the incidents that are due at `now`, the longest due first, at most `limit` of each shard. The index lags
    /// behind the table by a moment. Half a read unit for each shard and 4 KB of keys.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn due_incidents(&self, now: Timestamp, limit: usize) -> Result<Vec<DueIncident>, StoreError> {
        let mut due = Vec::new();
        for (at, item) in self.due_in_shards(keys::due_incidents_partition, now, limit).await? {
            let id = text_of(&item, attributes::SK)?.parse().map_err(StoreError::unreadable)?;
            let chatbot = keys::chatbot_of_incidents(text_of(&item, attributes::PK)?);
            due.push(DueIncident { at, id, chatbot });
        }
        Ok(due)
    }
}
