//! Releases of components.

use centops_domain::{
    alerts::{Event, EventKind},
    audit::Subject,
    releases::Release,
};

use crate::{
    Store, StoreError,
    audit::Act,
    item::{self, Expect},
    keys,
    transaction::Transaction,
};

impl Store {
    /// Publishes `release`, by `act`, with the event that tells of it.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when that version of the component was published before.
    pub async fn publish_release(&self, act: &Act<'_>, release: &Release) -> Result<(), StoreError> {
        let id = format!("{}-{}", release.component, release.version.get());
        let fact = EventKind::ReleasePublished { release: release.clone() };
        let transaction = Transaction::of(self)
            .put(item::to_item(keys::release(release), release)?, Expect::Absent)?
            .event(&Event { id, at: release.published_at, quiet: false, kind: fact })?
            .audit(act, Subject::default(), &(), release)?;
        transaction.commit().await.map_err(|refused| refused.or(StoreError::Exists))
    }

    /// All releases. A read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn releases(&self) -> Result<Vec<Release>, StoreError> {
        let items = self.query_all(keys::RELEASES).await?;
        items.into_iter().map(item::from_item).collect()
    }
}
