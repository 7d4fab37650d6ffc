//! The head of the route table, and its change log.

use centops_domain::routes::{ChangeLogEntry, Head, Revision, RouteChanges};

use crate::{Consistency, Store, StoreError, commit, keys, table};

/// The most revisions of the change log that one call reads. A reader that is further behind reads the whole table.
pub const MOST_REVISIONS: u64 = 1000;

impl Store {
    /// Returns the head of the route table. One read unit, or half of one if eventually consistent.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn head(&self, consistency: Consistency) -> Result<Head, StoreError> {
        let item = self.table.get_with(keys::network(), consistency).await?;
        item.as_ref().map_or(Ok(Head::EMPTY), commit::head_of)
    }

    /// Returns the changes from the revision `since` to `head`. One read unit for each 4 KB.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if the change log does not hold all of them, if `since` is ahead of the table, or if there
    /// are more than fit into one answer.
    pub async fn route_changes(&self, since: Revision, head: Head) -> Result<RouteChanges, StoreError> {
        let log = Box::pin(self.change_log(since, head.revision)).await?;
        RouteChanges::from_log(since, head, log.iter()).ok_or(StoreError::Gone)
    }

    /// Returns the entries of the change log after the revision `since` up to `to`, complete and in order.
    ///
    /// # Errors
    /// [`StoreError::Gone`] if entries are missing, or if there are more than [`MOST_REVISIONS`].
    pub async fn change_log(&self, since: Revision, to: Revision) -> Result<Vec<ChangeLogEntry>, StoreError> {
        let count = to.checked_sub(since).filter(|count| *count <= MOST_REVISIONS).ok_or(StoreError::Gone)?;
        if count == 0 {
            return Ok(Vec::new());
        }
        let query = self.table.query_range(keys::CHANGES, keys::change_sk(since + 1), keys::change_sk(to));
        let items = table::collect(query.consistent_read(true)).await?;
        let entries: Vec<ChangeLogEntry> = items.iter().map(commit::log_entry_of).collect::<Result<_, _>>()?;
        let is_complete = entries.iter().map(|entry| entry.head.revision).eq(since + 1..=to);
        if is_complete { Ok(entries) } else { Err(StoreError::Gone) }
    }
}
