//! Releases of components.

use std::str::FromStr;

use jiff::Timestamp;
use semver::{BuildMetadata, Version};
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{
        name::Name,
        versions::{InvalidVersions, MAX_VERSION_LENGTH, Versions},
    },
    json::non_null,
    text::Reason,
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
    /// The release notes for owners.
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

/// A text that is not a [`ReleaseVersion`].
#[derive(Debug, thiserror::Error)]
pub enum InvalidReleaseVersion {
    /// Not a semantic version.
    #[error("not a semantic version: {0}")]
    Version(#[from] semver::Error),
    /// Longer than [`MAX_VERSION_LENGTH`].
    #[error(transparent)]
    Length(#[from] InvalidVersions),
}

impl FromStr for ReleaseVersion {
    type Err = InvalidReleaseVersion;

    fn from_str(text: &str) -> Result<Self, InvalidReleaseVersion> {
        Ok(text.parse::<Version>()?.try_into()?)
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
    /// The withdrawal: a withdrawn release is an update for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<Withdrawal>,
}

/// The withdrawal of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// The time of the withdrawal.
    pub at: Timestamp,
    /// The reason.
    pub reason: Reason,
}

/// A request to withdraw a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewWithdrawal {
    /// The reason.
    pub reason: Reason,
}

impl Release {
    /// Returns the release published at `now`.
    #[must_use]
    pub fn publish(new: NewRelease, now: Timestamp) -> Self {
        let NewRelease { component, version, severity, notes } = new;
        Self { component, version, severity, notes, published_at: now, withdrawal: None }
    }

    /// Returns the release withdrawn at `now`. A withdrawn one keeps its first withdrawal.
    #[must_use]
    pub fn withdrawn(self, reason: Reason, now: Timestamp) -> Self {
        Self { withdrawal: self.withdrawal.or(Some(Withdrawal { at: now, reason })), ..self }
    }

    /// Returns the running version of the component if this release is an update for it
    /// ([`ReleaseVersion::updates`]). A withdrawn release is none.
    #[must_use]
    pub fn outdates<'a>(&self, versions: &'a Versions) -> Option<&'a Version> {
        let running = versions.get(&self.component).filter(|_| self.withdrawal.is_none());
        running.filter(|running| self.version.updates(running))
    }
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
            withdrawal: None,
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
    fn withdrawal_is_kept_and_ends_updates() {
        let reason = |text: &str| Reason::try_from(text.to_owned()).expect("a reason");
        let published = release("2.0.0", Severity::Critical);
        let withdrawn = published.withdrawn(reason("first"), Timestamp::UNIX_EPOCH);
        assert!(withdrawn.outdates(&running("1.0.0")).is_none());
        assert_eq!(withdrawn.clone().withdrawn(reason("second"), Timestamp::MAX), withdrawn);
        let json = serde_json::to_value(&withdrawn).expect("json");
        assert_eq!(json["withdrawal"], serde_json::json!({"at": "1970-01-01T00:00:00Z", "reason": "first"}));
    }

    #[test]
    fn notes_are_bounded() {
        assert!(Notes::try_from("õ".repeat(MAX_NOTES_LENGTH)).is_ok());
        assert!(Notes::try_from("õ".repeat(MAX_NOTES_LENGTH + 1)).is_err());
    }
}
