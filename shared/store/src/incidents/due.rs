//! Incidents that have to be computed anew because of the time.

use centops_domain::{incidents::IncidentId, notifications::Enrolment};
use futures::future;
use jiff::Timestamp;

use crate::{
    Store, StoreError, attributes, keys,
    table::{number_of, text_of},
};

/// An incident that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueIncident {
    /// Since when.
    pub at: Timestamp,
    /// The incident.
    pub id: IncidentId,
    /// Its chatbot.
    pub chatbot: Enrolment,
}

impl Store {
    /// Returns the incidents that are due at `now`, the longest due first, at most `limit` of each shard. The index lags
    /// behind the table by a moment. Half a read unit for each shard and 4 KB of keys.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn due_incidents(&self, now: Timestamp, limit: usize) -> Result<Vec<DueIncident>, StoreError> {
        let partitions = (0..keys::DUE_SHARDS).map(keys::due_incidents_partition);
        let shards = partitions.map(|partition| self.due_items(partition, now, limit));
        let mut due = Vec::new();
        for item in future::try_join_all(shards).await?.concat() {
            let at = Timestamp::from_millisecond(number_of(&item, attributes::DUE_AT)?);
            let id = text_of(&item, attributes::SK)?.parse().map_err(StoreError::unreadable)?;
            let Some(chatbot) = keys::chatbot_of_incidents(text_of(&item, attributes::PK)?) else { continue };
            due.push(DueIncident { at: at.map_err(StoreError::unreadable)?, id, chatbot });
        }
        due.sort_by_key(|one| (one.at, one.id));
        Ok(due)
    }
}
