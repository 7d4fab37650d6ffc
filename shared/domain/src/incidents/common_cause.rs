//! The common cause of incidents that were opened within a few minutes.
//!
//! Candidates are groups of chatbots: those on one host, of one institution, with one component version that they
//! reported a short time before, those that only one DMR sees fail, and all, if the cap is reached. A candidate holds
//! if at least [`MIN_MEMBERS`] of its chatbots failed, these are at least [`MIN_PERCENT`] per cent of it, and its rate
//! of failures is at least [`MIN_RATIO`] times the rate of the others.
//!
//! Of several candidates the one is taken that fits best: the share of members among the chatbots that are in the
//! group or failed is highest. The number of members alone would prefer the institution of 120 chatbots of which 41
//! failed to its 40 chatbots that took a version and all failed, and "everything" to any cause that reaches the cap.
//! Then the smaller population, then the order of [`Shared`]. What the cause explains is left out, and what remains
//! may have another.
//!
//! Limits:
//!
//! - A group of all chatbots has no others to compare with, so it is no candidate: an institution that has all
//!   chatbots, a host of all, a version that all took. If the cap is reached, the cause is "everything".
//! - Groups of less than [`MIN_MEMBERS`] chatbots have no common cause.
//! - A chatbot that reported no versions belongs to the others of each version.
//! - A chatbot on which one DMR reports belongs to no candidate of a DMR. If there is only one DMR, no candidate is
//!   one.
//! - Two groups with the same chatbots cannot be told apart. Both are in the result ([`CommonCause::also`]).

mod candidates;
mod cause;
mod facts;
mod rule;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use self::candidates::{Group, Key, Numbers, Subject, Totals, groups};
pub use self::{
    cause::{CommonCause, Shared},
    facts::{AtRisk, Opening, ReportedVersion},
    rule::{MAX_CAUSES, MIN_MEMBERS, MIN_PERCENT, MIN_RATIO, RECENT, WINDOW},
};
use crate::{chatbots::chatbot_type::ChatbotType, notifications::enrolment::Enrolment};

/// Returns the common causes of the openings of the last [`WINDOW`] before `now`, the best first.
///
/// `population` has every chatbot at risk once; openings of others are ignored. `caps` has the types of chatbots whose
/// cap is reached, and how many chatbots of the type the cap lets be out. The order of the input does not matter. It
/// takes O(n log n) for n facts of the population.
#[must_use]
pub fn common_causes(
    openings: &[Opening],
    population: &[AtRisk],
    caps: &BTreeMap<ChatbotType, u32>,
    now: Timestamp,
) -> Vec<CommonCause> {
    let mut subjects = subjects(openings, population, now);
    let groups = groups(&subjects, caps, now);
    let allowed = caps.values().copied().map(u64::from).sum();
    let mut causes = Vec::new();
    while causes.len() < MAX_CAUSES
        // A narrower cause may be why the cap is reached, so "everything" is none of the remainder.
        && let Some((group, numbers)) = best(&groups, &subjects, causes.is_empty().then_some(allowed))
        && let Some(cause) = cause(group, &groups, numbers, &subjects, caps)
    {
        causes.push(cause);
        for position in &group.chatbots {
            if let Some(subject) = subjects.get_mut(*position) {
                subject.explained |= subject.opening.is_some_and(|opening| group.key.explains(opening));
            }
        }
    }
    causes
}

/// Returns the chatbots at risk, by name, each with its first opening in the window.
fn subjects<'a>(openings: &'a [Opening], population: &'a [AtRisk], now: Timestamp) -> Vec<Subject<'a>> {
    let mut first: BTreeMap<&Enrolment, &Opening> = BTreeMap::new();
    for opening in openings.iter().filter(|opening| now.duration_since(opening.at) < WINDOW) {
        let known = first.entry(&opening.chatbot).or_insert(opening);
        if (opening.at, &opening.witnesses) < (known.at, &known.witnesses) {
            *known = opening;
        }
    }
    let mut subjects: Vec<_> = population
        .iter()
        .map(|facts| Subject { facts, opening: first.get(&facts.chatbot).copied(), explained: false })
        .collect();
    subjects.sort_by_key(|subject| &subject.facts.chatbot);
    subjects
}

/// Returns the candidate that holds and explains most.
fn best<'g, 'a>(
    groups: &'g [Group<'a>],
    subjects: &[Subject<'a>],
    allowed: Option<u64>,
) -> Option<(&'g Group<'a>, Numbers)> {
    let totals = Totals::of(subjects);
    groups
        .iter()
        .map(|group| (group, group.numbers(subjects, &totals)))
        .filter(|(group, numbers)| numbers.hold(group.key, allowed))
        // `max_by` returns the last of equals; the first is wanted.
        .rev()
        .max_by(|(_, one), (_, other)| one.compare(other))
}

/// Returns the cause; none without members.
fn cause<'a>(
    group: &Group<'a>,
    groups: &[Group<'a>],
    numbers: Numbers,
    subjects: &[Subject<'a>],
    caps: &BTreeMap<ChatbotType, u32>,
) -> Option<CommonCause> {
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let same = groups.iter().filter(|other| other.key != group.key && other.is_same(group, subjects));
    let members = group.explained(subjects);
    Some(CommonCause {
        shared: shared(group.key, caps),
        also: same.map(|other| shared(other.key, caps)).collect(),
        since: members.clone().map(|(_, opening)| opening.at).min()?,
        members: members.map(|(member, _)| member.chatbot.clone()).collect(),
        population: number(numbers.population),
        others_affected: number(numbers.others_affected),
        others: number(numbers.others),
        reported_since: reported_since(group, subjects),
    })
}

fn shared(key: Key<'_>, caps: &BTreeMap<ChatbotType, u32>) -> Shared {
    match key {
        Key::Dmr(dmr) => Shared::Dmr { dmr: dmr.clone() },
        Key::Host(host) => Shared::Host { host: host.to_owned() },
        Key::Version(component, version) => Shared::Version { component: component.clone(), version: version.clone() },
        Key::Institution(institution) => Shared::Institution { institution: institution.clone() },
        Key::Everything => Shared::Everything { types: caps.keys().copied().collect::<BTreeSet<_>>() },
    }
}

/// Returns when the first chatbot of the group reported the version that the group shares.
fn reported_since(group: &Group<'_>, subjects: &[Subject<'_>]) -> Option<Timestamp> {
    let Key::Version(component, version) = group.key else { return None };
    let reported = group.of(subjects).flat_map(|subject| &subject.facts.versions);
    let same = reported.filter(|reported| reported.component == *component && reported.version == *version);
    same.map(|reported| reported.since).min()
}

#[cfg(test)]
mod tests;
