//! Releases of components, and the updates that follow for chatbots.

use std::collections::BTreeMap;

use jiff::Timestamp;
use semver::{BuildMetadata, Version};
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{
        name::Name,
        versions::{InvalidVersions, MAX_VERSION_LENGTH, Versions},
    },
    json::non_null,
};

/// The most characters of a release's notes.
pub const MAX_NOTES_LENGTH: usize = 2000;

/// The urgency of a release, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The update is optional.
    Optional,
    /// The update is mandatory.
    Mandatory,
    /// The update must be installed immediately.
    Critical,
}

impl Severity {
    /// Returns the severity as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Mandatory => "mandatory",
            Self::Critical => "critical",
        }
    }
}

/// A release as an administrator publishes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRelease {
    /// The component.
    pub component: Name,
    /// The version.
    pub version: ReleaseVersion,
    /// The severity.
    pub severity: Severity,
    /// The release notes for the announcement to owners.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub notes: Option<Notes>,
}

/// The semantic version of a release, at most [`MAX_VERSION_LENGTH`] characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Version", into = "Version")]
pub struct ReleaseVersion(Version);

impl ReleaseVersion {
    /// Returns the version.
    #[must_use]
    pub fn get(&self) -> &Version {
        &self.0
    }
}

impl ReleaseVersion {
    /// Returns the version without build metadata, which has no effect on precedence (Semantic Versioning, section 10).
    #[must_use]
    pub fn without_build(&self) -> Version {
        Version { build: BuildMetadata::EMPTY, ..self.0.clone() }
    }

    /// Returns whether the version is an update for somebody who runs `running`: newer by precedence, and either stable
    /// or a pre-release of the very version that `running` is a pre-release of. So nobody is moved from a stable version
    /// to a pre-release.
    #[must_use]
    pub fn updates(&self, running: &Version) -> bool {
        let core = |version: &Version| (version.major, version.minor, version.patch);
        let same_track = self.0.pre.is_empty() || (!running.pre.is_empty() && core(running) == core(&self.0));
        same_track && running.cmp_precedence(&self.0).is_lt()
    }
}

impl TryFrom<Version> for ReleaseVersion {
    type Error = InvalidVersions;

    fn try_from(version: Version) -> Result<Self, Self::Error> {
        if version.to_string().len() > MAX_VERSION_LENGTH {
            return Err(InvalidVersions::TooLong);
        }
        Ok(Self(version))
    }
}

impl From<ReleaseVersion> for Version {
    fn from(version: ReleaseVersion) -> Self {
        version.0
    }
}

/// Release notes, at most [`MAX_NOTES_LENGTH`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Notes(String);

/// Notes longer than [`MAX_NOTES_LENGTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("notes have at most {MAX_NOTES_LENGTH} characters")]
pub struct NotesTooLong;

impl TryFrom<String> for Notes {
    type Error = NotesTooLong;

    fn try_from(text: String) -> Result<Self, NotesTooLong> {
        if text.chars().count() > MAX_NOTES_LENGTH { Err(NotesTooLong) } else { Ok(Self(text)) }
    }
}

impl From<Notes> for String {
    fn from(notes: Notes) -> Self {
        notes.0
    }
}

/// A published version of a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// The component.
    pub component: Name,
    /// The version.
    pub version: ReleaseVersion,
    /// The severity.
    pub severity: Severity,
    /// The release notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Notes>,
    /// The time of the publication.
    pub published_at: Timestamp,
}

impl Release {
    /// Returns the release published at `now`.
    #[must_use]
    pub fn publish(new: NewRelease, now: Timestamp) -> Self {
        let NewRelease { component, version, severity, notes } = new;
        Self { component, version, severity, notes, published_at: now }
    }

    /// Returns the running version of the component if this release is an update for it
    /// ([`ReleaseVersion::updates`]).
    #[must_use]
    pub fn outdates<'a>(&self, versions: &'a Versions) -> Option<&'a Version> {
        versions.get(&self.component).filter(|running| self.version.updates(running))
    }
}

/// An available update of a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// The component.
    pub component: Name,
    /// The running version.
    pub running: Version,
    /// The newest release that is an update for `running`.
    pub latest: Version,
    /// The highest severity of the releases that are updates for `running`: a skipped critical release keeps the update
    /// critical.
    pub severity: Severity,
}

/// Returns the available updates, one per component, by component.
#[must_use]
pub fn available_updates(versions: &Versions, releases: &[Release]) -> Vec<Update> {
    let mut updates: BTreeMap<&Name, Update> = BTreeMap::new();
    for release in releases {
        let Some(running) = release.outdates(versions) else { continue };
        let update = updates.entry(&release.component).or_insert_with(|| Update {
            component: release.component.clone(),
            running: running.clone(),
            latest: release.version.get().clone(),
            severity: release.severity,
        });
        update.severity = update.severity.max(release.severity);
        if release.version.get().cmp_precedence(&update.latest).is_gt() {
            update.latest = release.version.get().clone();
        }
    }
    updates.into_values().collect()
}

/// The component versions of a chatbot, as it reports them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionReport {
    /// The chatbot's own name, optional. It is checked against the sender and not returned.
    #[serde(default, deserialize_with = "non_null", skip_serializing)]
    pub chatbot: Option<Name>,
    /// The versions.
    pub versions: Versions,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str, severity: Severity) -> Release {
        Release {
            component: "ruuter".parse().expect("a good name"),
            version: ReleaseVersion(version.parse().expect("a good version")),
            severity,
            notes: None,
            published_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn running(version: &str) -> Versions {
        serde_json::from_value(serde_json::json!({ "ruuter": version })).expect("good versions")
    }

    #[test]
    fn older_versions_are_found_by_semver_precedence() {
        let release = release("1.10.0", Severity::Optional);
        for older in ["1.9.9", "1.10.0-rc.1", "0.99.0"] {
            assert!(release.outdates(&running(older)).is_some(), "{older}");
        }
        for same_or_newer in ["1.10.0", "1.10.0+build.7", "1.10.1-alpha", "2.0.0"] {
            assert!(release.outdates(&running(same_or_newer)).is_none(), "{same_or_newer}");
        }
        assert!(release.outdates(&Versions::default()).is_none(), "a component that does not run is not outdated");
    }

    #[test]
    fn pre_release_is_no_update_for_a_stable_version() {
        let releases = [release("2.0.0-rc.1", Severity::Optional), release("1.9.5", Severity::Critical)];
        let found = available_updates(&running("1.9.0"), &releases);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].latest.to_string().as_str(), found[0].severity), ("1.9.5", Severity::Critical));
        assert!(available_updates(&running("1.9.5"), &releases).is_empty());
    }

    #[test]
    fn pre_release_is_an_update_for_earlier_pre_releases_of_its_version() {
        let candidate = release("2.0.0-rc.2", Severity::Optional);
        for earlier in ["2.0.0-rc.1", "2.0.0-alpha", "2.0.0-rc.1+build.9"] {
            assert!(candidate.outdates(&running(earlier)).is_some(), "{earlier}");
        }
        for other in ["2.0.0-rc.2+build.1", "2.0.0-rc.3", "2.0.0", "1.9.0", "1.9.9-rc.1", "1.0.0-rc.2"] {
            assert!(candidate.outdates(&running(other)).is_none(), "{other}");
        }
        let found = available_updates(&running("2.0.0-rc.1"), &[candidate, release("1.9.5", Severity::Critical)]);
        assert_eq!((found[0].latest.to_string().as_str(), found[0].severity), ("2.0.0-rc.2", Severity::Optional));
    }

    #[test]
    fn skipped_critical_release_keeps_the_update_critical() {
        let releases = [
            release("1.1.0", Severity::Critical),
            release("1.3.0", Severity::Optional),
            release("1.2.0", Severity::Mandatory),
        ];
        let found = available_updates(&running("1.0.0"), &releases);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].latest.to_string().as_str(), found[0].severity), ("1.3.0", Severity::Critical));
        let found = available_updates(&running("1.1.0"), &releases);
        assert_eq!(found[0].severity, Severity::Mandatory);
        assert!(available_updates(&running("1.3.0"), &releases).is_empty());
    }

    #[test]
    fn notes_are_bounded() {
        assert!(Notes::try_from("õ".repeat(MAX_NOTES_LENGTH)).is_ok());
        assert!(Notes::try_from("õ".repeat(MAX_NOTES_LENGTH + 1)).is_err());
    }
}
