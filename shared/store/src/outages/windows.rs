//! The windows of an institution, by their start.

use centops_domain::{
    chatbots::Name,
    outages::{MAX_LENGTH, Window},
};
use jiff::Timestamp;

use crate::{
    Store, StoreError, attributes, keys,
    table::{self, collect},
};

impl Store {
    /// Returns the windows of `institution` that are in `from..to` wholly or in part, by their start, strongly consistent.
    /// One read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn outage_windows(
        &self,
        institution: &Name,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Window>, StoreError> {
        // A window that began earlier has ended.
        let earliest = from.checked_sub(MAX_LENGTH).unwrap_or(Timestamp::MIN);
        let (from_sk, to_sk) = (table::time(earliest), table::time(to));
        let query = self.table.query_range(&keys::windows_pk(institution), from_sk, to_sk).consistent_read(true);
        let items = collect(query).await?;
        let windows = items.iter().map(|item| table::json_of::<Window>(item, attributes::DOCUMENT));
        let windows: Vec<Window> = windows.collect::<Result<_, _>>()?;
        Ok(windows.into_iter().filter(|window| window.end > from && window.start < to).collect())
    }
}
