//! The end of restoring: the counts, and a revision that every reader follows.

use centops_domain::{
    audit::Subject,
    chatbots::Name,
    health::Network,
    routes::{ChangeLogEntry, Revision},
};

use crate::{
    Store, StoreError,
    audit::AuditContext,
    commit::{Plan, log_item},
    health::Recount,
    routes::MOST_REVISIONS,
    table::Condition,
};

/// By how much the revision rises. The change log then lacks revisions, so that each reader reads the whole table. It is less
/// than [`MOST_REVISIONS`], so that a reader that follows the log finds the new one, and more than those after which a
/// snapshot is made.
const RAISED_BY: Revision = MOST_REVISIONS - 100;

impl Store {
    /// Returns those of the chatbots `names` that await probes: about their status, or about a pending address. A removed one
    /// awaits none. One read unit for each 4 KB of their healths.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn awaiting_probes(&self, names: Vec<Name>) -> Result<Vec<Name>, StoreError> {
        let mut awaiting = Vec::new();
        for name in names {
            match self.health(&name).await {
                Ok(health) if health.value.awaits_probes() => awaiting.push(name),
                Ok(_) | Err(StoreError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(awaiting)
    }

    /// Corrects the counts by the differences of `recount`, and raises the revision of the route table above `seen` and the
    /// stored one, both at once. Returns the new revision.
    ///
    /// # Errors
    /// When the table does not answer, or too many changes were made at once.
    pub async fn finish_restore(
        &self,
        audit: &AuditContext<'_>,
        recount: &Recount,
        seen: Revision,
    ) -> Result<Revision, StoreError> {
        let plan = |network: &mut Network| {
            let before = network.view();
            network.correct(&recount.stored, &recount.actual);
            network.raise_revision(network.revision.max(seen).saturating_add(RAISED_BY), audit.now);
            let entry = ChangeLogEntry::new(network.head(), Vec::new());
            let transaction = self.transaction().put(log_item(&entry, audit.now)?, Condition::Absent)?.audit(
                audit,
                Subject::default(),
                &before,
                &network.view(),
            )?;
            Ok(Plan { transaction, route: None, outcome: network.revision })
        };
        self.commit(audit.now, plan).await.map_err(|error| error.or(StoreError::Contended))
    }
}
