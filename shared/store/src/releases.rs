//! Releases of components.

use centops_domain::{
    alerts::{Event, EventKind},
    audit::Subject,
    releases::Release,
};

use crate::{
    Store, StoreError,
    audit::AuditContext,
    keys,
    table::{self, Condition},
};

impl Store {
    /// Publishes `release` together with its event.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if that version of the component is published already.
    pub async fn publish_release(&self, audit: &AuditContext<'_>, release: &Release) -> Result<(), StoreError> {
        let id = format!("{}-{}", release.component, release.version.get());
        let kind = EventKind::ReleasePublished { release: release.clone() };
        let transaction = self
            .transaction()
            .put(table::to_item(keys::release(release), release)?, Condition::Absent)?
            .event(&Event { id, at: release.published_at, quiet: false, kind })?
            .audit(audit, Subject::default(), &(), release)?;
        transaction.commit().await.map_err(|error| error.or(StoreError::Exists))
    }

    /// Returns all releases. One read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn releases(&self) -> Result<Vec<Release>, StoreError> {
        self.table.all(keys::RELEASES).await?.into_iter().map(table::from_item).collect()
    }
}
