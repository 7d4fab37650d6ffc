//! Releases of components.

use std::{fmt, str::FromStr};

use centops_domain::{
    alerts::{Event, EventKind},
    audit::Subject,
    chatbots::Name,
    releases::Release,
};

use crate::{
    Page, Store, StoreError,
    audit::AuditContext,
    keys,
    table::{self, Condition},
};

/// Filter of a list of releases.
#[derive(Clone, Debug, Default)]
pub struct ReleaseFilter {
    /// Only releases of this component.
    pub component: Option<Name>,
}

impl ReleaseFilter {
    /// Returns whether a page of the filtered list can start after `position`.
    #[must_use]
    pub fn includes(&self, position: &ReleasePosition) -> bool {
        self.component.as_ref().is_none_or(|component| *component == position.component)
    }
}

/// Position in a list of releases: the component and the version of a release. `Display` and `FromStr` are its wire
/// form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasePosition {
    component: Name,
    version: String,
}

/// Error of parsing a [`ReleasePosition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position in a list of releases")]
pub struct InvalidReleasePosition;

impl fmt::Display for ReleasePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.component, self.version)
    }
}

impl FromStr for ReleasePosition {
    type Err = InvalidReleasePosition;

    fn from_str(text: &str) -> Result<Self, InvalidReleasePosition> {
        let (component, version) = text.split_once('#').ok_or(InvalidReleasePosition)?;
        let component = component.parse().map_err(|_| InvalidReleasePosition)?;
        if version.is_empty() {
            return Err(InvalidReleasePosition);
        }
        Ok(Self { component, version: version.to_owned() })
    }
}

impl Store {
    /// Publishes `release` together with its event.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if that version of the component, with any build metadata, is published already.
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

    /// Returns a page of up to `limit` releases that match `filter`, by component and version, after `after`. One read
    /// unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn list_releases(
        &self,
        filter: &ReleaseFilter,
        after: Option<&ReleasePosition>,
        limit: i32,
    ) -> Result<Page<Release, ReleasePosition>, StoreError> {
        let prefix = filter.component.as_ref().map(|component| format!("{component}#")).unwrap_or_default();
        let query = self.table.query_prefix(keys::RELEASES, prefix);
        let after = after.map(|position| keys::release_sk(&position.to_string()));
        let read = |item| table::from_item(item).map(Some);
        table::fetch_page(query.set_exclusive_start_key(after), limit, read).await
    }

    /// Returns all releases. One read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn releases(&self) -> Result<Vec<Release>, StoreError> {
        self.table.all(keys::RELEASES).await?.into_iter().map(table::from_item).collect()
    }
}
