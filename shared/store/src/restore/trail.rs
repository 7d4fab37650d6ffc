//! Reads from the audit trail what changed since a copy was made.

use centops_domain::restore::ChangesSince;
use jiff::Timestamp;

use crate::{
    StoreError,
    audit::{Audit, AuditQuery},
};

/// The most records of one page.
const PAGE: usize = 1000;

impl Audit {
    /// Returns what changed between `since` and `now`. One read unit for each 4 KB of records.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn changes_since(&self, since: Timestamp, now: Timestamp) -> Result<ChangesSince, StoreError> {
        let mut changes = ChangesSince::default();
        let mut query = AuditQuery { from: since, to: now, chatbot: None, person: None, limit: PAGE, after: None };
        loop {
            let page = self.records(&query, now).await?;
            page.items.iter().for_each(|record| changes.add(record));
            query.after = page.next;
            if query.after.is_none() {
                return Ok(changes);
            }
        }
    }
}
