//! The updates that a chatbot can get, from a few releases of each component instead of all of them.

use std::{collections::BTreeMap, fmt};

use semver::{BuildMetadata, Prerelease, Version};
use serde::{Deserialize, Serialize};

use super::release::{Release, ReleaseVersion, Severity};
use crate::{
    chatbots::{name::Name, versions::Versions},
    json::non_null,
};

/// Releases of a component that are updates for the same running versions: the stable ones, or the pre-releases of one
/// version. `Display` is `stable`, or that version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Track {
    /// Stable releases. They are updates for every older version.
    Stable,
    /// Pre-releases of this version. They are updates for older pre-releases of it.
    PreRelease(Version),
}

impl Track {
    /// Returns the track of a release with `version`.
    #[must_use]
    pub fn of(version: &Version) -> Self {
        if version.pre.is_empty() {
            return Self::Stable;
        }
        Self::PreRelease(Version { pre: Prerelease::EMPTY, build: BuildMetadata::EMPTY, ..version.clone() })
    }

    /// Returns the tracks whose releases may be updates for `running`.
    pub fn followed_by(running: &Version) -> impl Iterator<Item = Self> {
        let own = Some(Self::of(running)).filter(|own| *own != Self::Stable);
        [Self::Stable].into_iter().chain(own)
    }
}

impl fmt::Display for Track {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stable => f.write_str("stable"),
            Self::PreRelease(version) => version.fmt(f),
        }
    }
}

/// The newest release of each severity in one track, without withdrawn ones. For every running version that gives the
/// update that all releases of the track give: the newest of all is among them, and a severity has a release that is
/// newer than the running version exactly if its newest is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Newest(BTreeMap<Severity, ReleaseVersion>);

impl Newest {
    /// Adds `release`, which is of the same track. A withdrawn release changes nothing.
    pub fn add(&mut self, release: &Release) {
        if release.withdrawal.is_some() {
            return;
        }
        let newest = self.0.entry(release.severity).or_insert_with(|| release.version.clone());
        if newest.get().cmp_precedence(release.version.get()).is_lt() {
            *newest = release.version.clone();
        }
    }
}

impl<'a> FromIterator<&'a Release> for Newest {
    fn from_iter<I: IntoIterator<Item = &'a Release>>(releases: I) -> Self {
        let mut newest = Self::default();
        releases.into_iter().for_each(|release| newest.add(release));
        newest
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

/// Returns the available updates, one per component, by component. `newest` returns the newest releases of a track of a
/// component.
pub fn updates<'a>(versions: &Versions, newest: impl Fn(&Name, &Track) -> Option<&'a Newest>) -> Vec<Update> {
    let update = |(component, running): (&Name, &Version)| {
        let tracks = Track::followed_by(running).filter_map(|track| newest(component, &track));
        let newer = tracks.flat_map(|newest| &newest.0).filter(|(_, version)| version.updates(running));
        let (severity, latest) = newer.map(|(severity, version)| (*severity, version.get())).reduce(|one, other| {
            (one.0.max(other.0), if one.1.cmp_precedence(other.1).is_lt() { other.1 } else { one.1 })
        })?;
        Some(Update { component: component.clone(), running: running.clone(), latest: latest.clone(), severity })
    };
    versions.iter().filter_map(update).collect()
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
    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn release(version: &str, severity: Severity) -> Release {
        Release {
            component: "ruuter".parse().expect("a good name"),
            version: version.parse::<Version>().expect("a good version").try_into().expect("a short version"),
            severity,
            notes: None,
            published_at: Timestamp::UNIX_EPOCH,
            withdrawal: None,
        }
    }

    fn running(version: &str) -> Versions {
        serde_json::from_value(serde_json::json!({ "ruuter": version })).expect("good versions")
    }

    /// Returns the updates from the newest releases of each track.
    fn found(versions: &Versions, releases: &[Release]) -> Vec<Update> {
        let mut tracks: BTreeMap<(Name, Track), Newest> = BTreeMap::new();
        for release in releases {
            let track = (release.component.clone(), Track::of(release.version.get()));
            tracks.entry(track).or_default().add(release);
        }
        updates(versions, |component, track| tracks.get(&(component.clone(), track.clone())))
    }

    /// The plain model: returns the updates from all releases.
    fn plain(versions: &Versions, releases: &[Release]) -> Vec<Update> {
        let update = |(component, running): (&Name, &Version)| {
            let newer =
                || releases.iter().filter(|one| one.component == *component && one.outdates(versions).is_some());
            let latest = newer().map(|one| one.version.get()).max_by(|one, other| one.cmp_precedence(other))?;
            let severity = newer().map(|one| one.severity).max()?;
            let (component, running) = (component.clone(), running.clone());
            Some(Update { component, running, latest: latest.clone(), severity })
        };
        versions.iter().filter_map(update).collect()
    }

    fn version() -> impl Strategy<Value = String> {
        let pre = prop_oneof![4 => Just(""), 1 => Just("-alpha"), 1 => Just("-rc.1"), 1 => Just("-rc.2"), 1 => Just("-rc.10")];
        let build = prop_oneof![3 => Just(""), 1 => Just("+a"), 1 => Just("+b.2")];
        (0..3u8, 0..3u8, pre, build).prop_map(|(major, minor, pre, build)| format!("{major}.{minor}.0{pre}{build}"))
    }

    fn severity() -> impl Strategy<Value = Severity> {
        prop_oneof![3 => Just(Severity::Optional), 2 => Just(Severity::Mandatory), 1 => Just(Severity::Critical)]
    }

    /// Returns releases of two components, some withdrawn, no version twice.
    fn releases() -> impl Strategy<Value = Vec<Release>> {
        let one = (any::<bool>(), version(), severity(), prop::bool::weighted(0.3));
        prop::collection::vec(one, 0..40).prop_map(|drawn| {
            let mut seen = BTreeSet::new();
            let releases = drawn.into_iter().map(|(other, version, severity, withdrawn)| {
                let component = if other { "widget" } else { "ruuter" }.parse().expect("a good name");
                let release = Release { component, ..release(&version, severity) };
                if !withdrawn {
                    return release;
                }
                let reason = "wrong".to_owned().try_into().expect("a reason");
                release.withdrawn(reason, Timestamp::UNIX_EPOCH)
            });
            releases.filter(|one| seen.insert((one.component.clone(), one.version.without_build()))).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn newest_releases_of_tracks_give_the_updates_that_all_releases_give(
            releases in releases(),
            ruuter in version(),
            widget in version(),
        ) {
            let versions = serde_json::json!({"ruuter": ruuter, "widget": widget, "unreleased": "0.1.0"});
            let versions: Versions = serde_json::from_value(versions).expect("good versions");
            prop_assert_eq!(found(&versions, &releases), plain(&versions, &releases));
        }
    }

    #[test]
    fn pre_release_is_no_update_for_a_stable_version() {
        let releases = [release("2.0.0-rc.1", Severity::Optional), release("1.9.5", Severity::Critical)];
        let updates = found(&running("1.9.0"), &releases);
        assert_eq!(updates.len(), 1);
        assert_eq!((updates[0].latest.to_string().as_str(), updates[0].severity), ("1.9.5", Severity::Critical));
        assert!(found(&running("1.9.5"), &releases).is_empty());
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
        let updates = found(&running("2.0.0-rc.1"), &[candidate, release("1.9.5", Severity::Critical)]);
        assert_eq!((updates[0].latest.to_string().as_str(), updates[0].severity), ("2.0.0-rc.2", Severity::Optional));
    }

    #[test]
    fn skipped_critical_release_keeps_the_update_critical() {
        let releases = [
            release("1.1.0", Severity::Critical),
            release("1.3.0", Severity::Optional),
            release("1.2.0", Severity::Mandatory),
        ];
        let updates = found(&running("1.0.0"), &releases);
        assert_eq!(updates.len(), 1);
        assert_eq!((updates[0].latest.to_string().as_str(), updates[0].severity), ("1.3.0", Severity::Critical));
        let updates = found(&running("1.1.0"), &releases);
        assert_eq!(updates[0].severity, Severity::Mandatory);
        assert!(found(&running("1.3.0"), &releases).is_empty());
    }

    #[test]
    fn withdrawn_release_is_no_update() {
        let withdrawn = release("2.0.0", Severity::Critical);
        let withdrawn = withdrawn.withdrawn("wrong".to_owned().try_into().expect("a reason"), Timestamp::UNIX_EPOCH);
        let updates = found(&running("1.0.0"), &[withdrawn.clone(), release("1.1.0", Severity::Optional)]);
        assert_eq!(updates.len(), 1);
        assert_eq!((updates[0].latest.to_string().as_str(), updates[0].severity), ("1.1.0", Severity::Optional));
        assert!(found(&running("1.1.0"), &[withdrawn]).is_empty());
    }

    #[test]
    fn tracks_are_named_by_their_version() {
        let of = |text: &str| Track::of(&text.parse().expect("a version")).to_string();
        assert_eq!([of("1.2.3"), of("1.2.3+b"), of("2.0.0-rc.1+b")], ["stable", "stable", "2.0.0"]);
        let newest: Newest =
            [&release("1.0.0", Severity::Optional), &release("0.9.0", Severity::Critical)].into_iter().collect();
        let json = serde_json::to_string(&newest).expect("json");
        assert_eq!(json, r#"{"optional":"1.0.0","critical":"0.9.0"}"#);
        assert_eq!(serde_json::from_str::<Newest>(&json).expect("as written"), newest);
    }
}
