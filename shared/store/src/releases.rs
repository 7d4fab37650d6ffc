//! Releases of components, and the newest ones of each track: the few that updates follow from.
//!
//! A publication and a withdrawal write the release and the newest releases of its track in one transaction, always, so
//! that two of one track never meet unnoticed.

use std::{collections::HashMap, fmt, str::FromStr};

use centops_domain::{
    alerts::{Event, EventKind},
    audit::Subject,
    chatbots::{Name, Versions},
    releases::{Newest, Release, ReleaseVersion, Track, Update, Withdrawal, updates},
    text::Reason,
};

use crate::{
    ATTEMPTS, IfMatch, Page, Store, StoreError, Versioned, attributes,
    audit::AuditContext,
    keys::{self, EventSubject},
    table::{self, Condition, Item, Key, Transaction, WriteError, first_version, text_of},
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

/// Error of a publication.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The version is published, perhaps with other build metadata.
    #[error("the version is published")]
    Published,
    /// The version was published and withdrawn.
    #[error("the version was withdrawn: {}", .0.reason)]
    Withdrawn(Withdrawal),
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The position of the release in each transaction.
const RELEASE: usize = 0;

impl Store {
    /// Publishes `release` together with its event, and adds it to the newest ones of its track. One read unit.
    ///
    /// # Errors
    /// [`PublishError::Published`] or [`PublishError::Withdrawn`] if that version of the component, with any build
    /// metadata, was published before.
    pub async fn publish_release(
        &self,
        audit: &AuditContext<'_>,
        release: Release,
    ) -> Result<Versioned<Release>, PublishError> {
        let new = Versioned { version: first_version(release.published_at), value: release };
        let (release, at) = (&new.value, new.value.published_at);
        let id = format!("{}-{}", release.component, release.version.get());
        let event = Event { id, at, quiet: false, kind: EventKind::ReleasePublished { release: release.clone() } };
        for _ in 0..ATTEMPTS {
            let mut newest = self.newest_of(release).await?;
            newest.value.add(release);
            let transaction = self
                .transaction()
                .put(release_item(&new)?, Condition::Absent)?
                .put_newest(release, newest)?
                .event(EventSubject::Component(&release.component), &event)?
                .audit(audit, Subject::default(), &(), release)?;
            match transaction.commit().await {
                Ok(()) => return Ok(new),
                Err(WriteError::Condition { position: RELEASE, found }) => {
                    let found = found.as_ref().map(read_release).transpose()?;
                    let withdrawal = found.and_then(|found| found.value.withdrawal);
                    return Err(withdrawal.map_or(PublishError::Published, PublishError::Withdrawn));
                }
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Withdraws the release `version` of `component`, together with its event. It is an update for nobody from then on.
    /// A withdrawn release keeps its first withdrawal. `expected` must accept its version, unless the release is
    /// withdrawn for the same reason. One read unit for each 4 KB of all releases of the component.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it was not published; [`StoreError::Changed`] if `expected` does not accept its
    /// version.
    pub async fn withdraw_release(
        &self,
        audit: &AuditContext<'_>,
        component: &Name,
        version: &ReleaseVersion,
        expected: impl Into<IfMatch>,
        reason: &Reason,
    ) -> Result<Versioned<Release>, StoreError> {
        let expected = expected.into();
        for _ in 0..ATTEMPTS {
            let old = self.release(component, version).await?;
            if old.value.withdrawal.as_ref().is_some_and(|withdrawal| withdrawal.reason == *reason) {
                return Ok(old);
            }
            old.check_version(&expected)?;
            if old.value.withdrawal.is_some() {
                return Ok(old);
            }
            let value = old.value.clone().withdrawn(reason.clone(), audit.now);
            let new = Versioned { value, version: old.version + 1 };
            let newest = self.newest_without(&new.value).await?;
            let id = format!("{component}-{}-withdrawn", new.value.version.get());
            let kind = EventKind::ReleaseWithdrawn { release: new.value.clone() };
            let transaction = self
                .transaction()
                .put(release_item(&new)?, Condition::Version(old.version))?
                .put_newest(&new.value, newest)?
                .event(EventSubject::Component(component), &Event { id, at: audit.now, quiet: false, kind })?
                .audit(audit, Subject::default(), &old.value, &new.value)?;
            match transaction.commit().await {
                Ok(()) => return Ok(new),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Returns the release `version` of `component`, strongly consistent. Build metadata makes no difference. One read
    /// unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it was not published.
    pub async fn release(&self, component: &Name, version: &ReleaseVersion) -> Result<Versioned<Release>, StoreError> {
        let item = self.table.get(keys::release(component, version)).await?.ok_or(StoreError::NotFound)?;
        read_release(&item)
    }

    /// Returns the updates for a chatbot that runs `versions`, strongly consistent. One read unit for each component,
    /// and one more if it runs a pre-release, whatever the number of releases.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn updates(&self, versions: &Versions) -> Result<Vec<Update>, StoreError> {
        Ok(self.updates_of_all(&[versions]).await?.into_iter().flatten().collect())
    }

    /// Returns the updates for each of the chatbots that run `all`, in their order, strongly consistent. One read unit for
    /// each component, and one more for each pre-release, however many chatbots run it.
    ///
    /// # Errors
    /// When the table does not answer.
    pub(crate) async fn updates_of_all(&self, all: &[&Versions]) -> Result<Vec<Vec<Update>>, StoreError> {
        let mut tracks = HashMap::new();
        for (component, running) in all.iter().flat_map(|versions| versions.iter()) {
            for track in Track::followed_by(running) {
                let key = keys::release_track(component, &track);
                tracks.insert(track_key(&key)?, key);
            }
        }
        let mut newest = HashMap::new();
        for item in self.table.get_many(&tracks.into_values().collect::<Vec<_>>()).await? {
            let Versioned { value, .. } = table::from_json_item::<Newest>(&item, attributes::DOCUMENT)?;
            newest.insert(track_key(&item)?, value);
        }
        let find = |component: &Name, track: &Track| {
            let key = keys::release_track(component, track);
            track_key(&key).ok().and_then(|key| newest.get(&key))
        };
        Ok(all.iter().map(|versions| updates(versions, find)).collect())
    }

    /// Returns a page of up to `limit` releases that match `filter`, by component and version, after `after`. Includes
    /// withdrawn ones. One read unit for each 4 KB.
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
        let read = |item| read_release(&item).map(|release| Some(release.value));
        table::fetch_page(query.set_exclusive_start_key(after), limit, read).await
    }

    /// Returns the newest releases of the track of `release`, with version 0 if there are none yet.
    async fn newest_of(&self, release: &Release) -> Result<Versioned<Newest>, StoreError> {
        let item = self.table.get(track_of(release)).await?;
        let newest = item.map(|item| table::from_json_item(&item, attributes::DOCUMENT)).transpose()?;
        Ok(newest.unwrap_or(Versioned { value: Newest::default(), version: 0 }))
    }

    /// Returns the newest releases of the track of `withdrawn` without it, from all releases of the component.
    async fn newest_without(&self, withdrawn: &Release) -> Result<Versioned<Newest>, StoreError> {
        // Read before the releases: a release that is published or withdrawn meanwhile puts another version, and the
        // write of this result fails.
        let version = self.newest_of(withdrawn).await?.version;
        let all = table::collect(self.table.query_prefix(keys::RELEASES, format!("{}#", withdrawn.component))).await?;
        let all = all.iter().map(read_release).collect::<Result<Vec<_>, _>>()?;
        let track = Track::of(withdrawn.version.get());
        let of_track = all.iter().map(|one| &one.value).filter(|one| Track::of(one.version.get()) == track);
        let remaining = of_track.filter(|one| one.version.without_build() != withdrawn.version.without_build());
        Ok(Versioned { value: remaining.collect(), version })
    }
}

impl Transaction<'_> {
    /// Adds the next version of the newest releases of the track of `release`.
    fn put_newest(self, release: &Release, newest: Versioned<Newest>) -> Result<Self, StoreError> {
        let Versioned { value, version } = newest;
        let item =
            table::to_json_item(track_of(release), attributes::DOCUMENT, &Versioned { value, version: version + 1 })?;
        self.put(item, Condition::replaces(version))
    }
}

fn track_of(release: &Release) -> Key {
    keys::release_track(&release.component, &Track::of(release.version.get()))
}

/// Returns the key of the track of `item` as text.
fn track_key(item: &Item) -> Result<(String, String), StoreError> {
    Ok((text_of(item, attributes::PK)?.to_owned(), text_of(item, attributes::SK)?.to_owned()))
}

/// Returns the item of `release`. It is JSON, because the version of the component has the name of the item's version.
fn release_item(release: &Versioned<Release>) -> Result<Item, StoreError> {
    let key = keys::release(&release.value.component, &release.value.version);
    table::to_json_item(key, attributes::DOCUMENT, release)
}

/// Reads an item of [`release_item`].
fn read_release(item: &Item) -> Result<Versioned<Release>, StoreError> {
    table::from_json_item(item, attributes::DOCUMENT)
}
