//! Which release of a component a chatbot may take next.

use std::collections::BTreeMap;

use semver::Version;
use serde::{Deserialize, Serialize};

use super::release::ReleaseVersion;
use crate::chatbots::{Name, Versions};

/// Versions from one on, and before another, by precedence: build metadata makes no difference, and a pre-release is older
/// than its version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRange {
    /// The oldest version; none if there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Version>,
    /// The first newer version that is not included; none if there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Version>,
}

impl VersionRange {
    /// Returns whether the range includes `version`.
    #[must_use]
    pub fn includes(&self, version: &Version) -> bool {
        let starts = self.from.as_ref().is_none_or(|from| from.cmp_precedence(version).is_le());
        starts && self.before.as_ref().is_none_or(|before| version.cmp_precedence(before).is_lt())
    }
}

/// A release as a channel lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// The version.
    pub version: ReleaseVersion,
    /// Whether chatbots that run an older version must take this one before newer ones.
    pub is_floor: bool,
    /// The running versions from which the release must not be taken.
    pub blocked_from: Vec<VersionRange>,
    /// The oldest versions of other components that the release works with.
    pub requires: BTreeMap<Name, Version>,
    /// The withdrawal, if the release was withdrawn.
    pub withdrawn: Option<WithdrawnFor>,
}

/// The withdrawal of a candidate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawnFor {
    /// The version to take in its place, also as a floor.
    pub replacement: Option<Version>,
}

impl Candidate {
    /// Returns whether the release can be taken by somebody who runs `running`.
    fn can_be_taken_from(&self, running: &Version) -> bool {
        self.withdrawn.is_none()
            && self.is_newer_than(running)
            && !self.blocked_from.iter().any(|blocked| blocked.includes(running))
    }

    fn is_newer_than(&self, version: &Version) -> bool {
        version.cmp_precedence(self.version.get()).is_lt()
    }
}

/// The release that a chatbot may take next, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice<'a> {
    /// The chatbot runs the newest release.
    UpToDate,
    /// The chatbot runs a newer version than the channel has. It is offered nothing until the channel has a newer one.
    AheadOfChannel,
    /// The release may be taken.
    Take(&'a Candidate),
    /// There are newer releases, but none may be taken from the running version, or the pin includes none.
    Held,
    /// The floor must be taken first, but it cannot be.
    DeadEnd(&'a Candidate),
    /// The release needs a newer version of another component first.
    WaitsFor {
        /// The release.
        candidate: &'a Candidate,
        /// The other component.
        component: &'a Name,
        /// Its oldest version that will do.
        minimum: &'a Version,
    },
}

/// Returns what a chatbot that runs `versions` may take next of `component`, of the `candidates` of its channel. `pin` limits
/// what it is offered. `None` if it does not run the component.
#[must_use]
pub fn choose<'a>(
    component: &Name,
    versions: &Versions,
    candidates: &'a [Candidate],
    pin: Option<&VersionRange>,
) -> Option<Choice<'a>> {
    let running = versions.get(component)?;
    let may_take =
        |one: &&Candidate| one.can_be_taken_from(running) && pin.is_none_or(|pin| pin.includes(one.version.get()));
    let Some(newest) = newest(candidates.iter().filter(may_take)) else {
        return Some(without_candidate(running, candidates));
    };
    let next = match lowest_floor(running, newest, candidates) {
        None => newest,
        Some(floor) => match replacement(floor, candidates).filter(may_take) {
            Some(floor) => floor,
            None => return Some(Choice::DeadEnd(floor)),
        },
    };
    let unmet = next
        .requires
        .iter()
        .find(|(other, minimum)| versions.get(other).is_none_or(|running| running.cmp_precedence(minimum).is_lt()));
    Some(match unmet {
        None => Choice::Take(next),
        Some((component, minimum)) => Choice::WaitsFor { candidate: next, component, minimum },
    })
}

fn newest<'a>(candidates: impl Iterator<Item = &'a Candidate>) -> Option<&'a Candidate> {
    candidates.max_by(|one, other| one.version.get().cmp_precedence(other.version.get()))
}

/// Returns why nothing can be taken.
fn without_candidate<'a>(running: &Version, candidates: &'a [Candidate]) -> Choice<'a> {
    let Some(newest) = newest(candidates.iter().filter(|one| one.withdrawn.is_none())) else { return Choice::UpToDate };
    match running.cmp_precedence(newest.version.get()) {
        std::cmp::Ordering::Less => Choice::Held,
        std::cmp::Ordering::Equal => Choice::UpToDate,
        std::cmp::Ordering::Greater => Choice::AheadOfChannel,
    }
}

/// Returns the lowest floor between the running version and `target`, also a withdrawn one.
fn lowest_floor<'a>(running: &Version, target: &Candidate, candidates: &'a [Candidate]) -> Option<&'a Candidate> {
    let between = candidates
        .iter()
        .filter(|one| one.is_floor && one.is_newer_than(running) && target.is_newer_than(one.version.get()));
    between.min_by(|one, other| one.version.get().cmp_precedence(other.version.get()))
}

/// Returns the candidate itself, or what is to be taken in its place.
fn replacement<'a>(floor: &'a Candidate, candidates: &'a [Candidate]) -> Option<&'a Candidate> {
    let Some(withdrawn) = &floor.withdrawn else { return Some(floor) };
    let replacement = withdrawn.replacement.as_ref()?;
    candidates.iter().find(|one| one.version.get().cmp_precedence(replacement).is_eq())
}

/// Returns the first requirement of a release that can never be met, because no release of the other component will do, or
/// because each that does needs this one first. `catalogue` has the candidates of each component.
#[must_use]
pub fn unreachable_requirement<'a>(
    component: &Name,
    release: &'a Candidate,
    catalogue: &BTreeMap<Name, Vec<Candidate>>,
) -> Option<(&'a Name, &'a Version)> {
    let before = BTreeMap::from([(component, release.version.get())]);
    release.requires.iter().find(|(other, minimum)| !is_reachable(other, minimum, &before, catalogue))
}

/// Returns whether a release of `component` that is at least `minimum` can be taken before the releases `before`.
fn is_reachable(
    component: &Name,
    minimum: &Version,
    before: &BTreeMap<&Name, &Version>,
    catalogue: &BTreeMap<Name, Vec<Candidate>>,
) -> bool {
    let will_do = |one: &&Candidate| {
        let version = one.version.get();
        let is_before = before.get(component).is_none_or(|limit| version.cmp_precedence(limit).is_lt());
        one.withdrawn.is_none() && is_before && minimum.cmp_precedence(version).is_le()
    };
    let Some((component, candidates)) = catalogue.get_key_value(component) else { return false };
    candidates.iter().filter(will_do).any(|one| {
        let mut before = before.clone();
        before.insert(component, one.version.get());
        one.requires.iter().all(|(other, minimum)| is_reachable(other, minimum, &before, catalogue))
    })
}

#[cfg(test)]
mod tests;
