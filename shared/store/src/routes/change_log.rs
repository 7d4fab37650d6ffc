//! The head of the route table, and its change log.

use centops_domain::routes::{ChangeLogEntry, Head, InvalidTable, RenderedTable, Revision, RouteChanges};
use jiff::{SignedDuration, Timestamp};

use crate::{Consistency, Store, StoreError, commit, keys, table};

/// The most revisions of the change log that one call reads. A reader that is further behind reads the whole table.
pub const MOST_REVISIONS: u64 = 1000;

/// The age of a head up to which the change log has every later change: an entry, which is younger than the head, is
/// kept for seven days.
const COMPLETE_FOR: SignedDuration = SignedDuration::from_hours(6 * 24);

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
        let entries = self.log_entries(since + 1, to, Consistency::Strong).await?;
        let is_complete = entries.iter().map(|entry| entry.head.revision).eq(since + 1..=to);
        if is_complete { Ok(entries) } else { Err(StoreError::Gone) }
    }

    /// Brings `table` to the newest revision with one read of the change log, and returns true. Returns false if the
    /// change log may lack a change since `table`, which is then unchanged: the head must be read. One read unit for
    /// each 4 KB, or half of one if eventually consistent.
    ///
    /// The entry of a revision is written together with the head, so the newest entry is as new as the head. If there is
    /// no later entry, nothing changed, because none can have expired by `now`.
    ///
    /// # Errors
    /// When the table does not answer. [`StoreError::Unreadable`] if an entry is invalid: `table` must then be dropped.
    pub async fn follow_change_log(
        &self,
        table: &mut RenderedTable,
        consistency: Consistency,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Head { revision: since, time, .. } = table.head();
        if now.duration_since(time) > COMPLETE_FOR {
            return Ok(false);
        }
        let last = since + MOST_REVISIONS;
        let entries = self.log_entries(since + 1, last, consistency).await?;
        if entries.last().is_some_and(|entry| entry.head.revision == last) {
            // There may be more.
            return Ok(false);
        }
        match table.advance(entries) {
            Ok(()) => Ok(true),
            Err(InvalidTable::Gap(_)) => Ok(false),
            Err(error) => Err(StoreError::unreadable(error)),
        }
    }

    /// Returns the entries of the revisions `from` to `to` that the change log has, in order.
    async fn log_entries(
        &self,
        from: Revision,
        to: Revision,
        consistency: Consistency,
    ) -> Result<Vec<ChangeLogEntry>, StoreError> {
        let query = self.table.query_range(keys::CHANGES, keys::change_sk(from), keys::change_sk(to));
        let items = table::collect(query.consistent_read(consistency == Consistency::Strong)).await?;
        items.iter().map(commit::log_entry_of).collect()
    }
}
