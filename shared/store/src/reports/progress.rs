//! The progress of the summaries of days, and of the reports that were handed out.

use centops_domain::chatbots::Name;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Store, StoreError, Versioned, attributes, keys,
    table::{self, Condition, Key},
};

/// The progress of the summaries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaysProgress {
    /// The last day (UTC) of which every chatbot has its summary.
    pub done: Option<Date>,
    /// The position in the day after it.
    pub position: Option<DaysPosition>,
}

/// A position in the summaries of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaysPosition {
    /// The day.
    pub day: Date,
    /// The last chatbot of which the summary is written.
    pub after: Name,
}

impl Store {
    /// Returns the progress of the summaries. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn days_progress(&self) -> Result<DaysProgress, StoreError> {
        Ok(self.progress(keys::days_progress()).await?.unwrap_or_default())
    }

    /// Stores the progress of the summaries. The last writer wins: a summary that is written again is the same.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn put_days_progress(&self, progress: &DaysProgress) -> Result<(), StoreError> {
        self.put_progress(keys::days_progress(), progress).await
    }

    /// Returns the time until which all reports that were due are handed out; none before the first run. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn reports_handed_out_until(&self) -> Result<Option<Timestamp>, StoreError> {
        self.progress(keys::reports_progress()).await
    }

    /// Stores that all reports that were due until `until` are handed out. The last writer wins: a report that is handed out
    /// again is not sent again.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn put_reports_handed_out_until(&self, until: Timestamp) -> Result<(), StoreError> {
        self.put_progress(keys::reports_progress(), &until).await
    }

    async fn progress<T: DeserializeOwned>(&self, key: Key) -> Result<Option<T>, StoreError> {
        self.table.get(key).await?.map(|item| table::json_of(&item, attributes::STATE)).transpose()
    }

    async fn put_progress(&self, key: Key, progress: &impl Serialize) -> Result<(), StoreError> {
        let item = table::to_json_item(key, attributes::STATE, &Versioned { value: progress, version: 1 })?;
        self.table.put(item, Condition::None).await.map_err(|error| error.or(StoreError::Contended))
    }
}
