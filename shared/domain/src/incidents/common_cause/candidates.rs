//! The candidates: groups of chatbots that share something, and the numbers of each.

use std::{
    cmp::{Ordering, Reverse},
    collections::BTreeMap,
};

use jiff::Timestamp;
use semver::Version;

use super::{
    facts::{AtRisk, Opening},
    rule::{MIN_MEMBERS, MIN_PERCENT, MIN_RATIO, RECENT},
};
use crate::{chatbots::chatbot_type::ChatbotType, chatbots::name::Name};

/// A chatbot at risk, and its opening in the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) facts: &'a AtRisk,
    pub(super) opening: Option<&'a Opening>,
    /// True if a cause explains its opening. It is then counted nowhere.
    pub(super) explained: bool,
}

/// The property that a group shares, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    Dmr(&'a Name),
    Host(&'a str),
    Version(&'a Name, &'a Version),
    Institution(&'a Name),
    Everything,
}

impl Key<'_> {
    /// Returns whether the opening is of the kind that this candidate explains.
    pub(super) fn explains(&self, opening: &Opening) -> bool {
        match self {
            Self::Dmr(dmr) => opening.only_dmr() == Some(dmr),
            _ => true,
        }
    }
}

/// A group of chatbots that share something.
#[derive(Clone, Debug)]
pub(super) struct Group<'a> {
    pub(super) key: Key<'a>,
    /// The positions of its chatbots among the subjects, rising.
    pub(super) chatbots: Vec<usize>,
}

/// The numbers of a group in one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    /// The chatbots of the group that failed as the candidate explains.
    pub(super) affected: u64,
    /// The chatbots of the group.
    pub(super) population: u64,
    /// The chatbots that failed among the others.
    pub(super) others_affected: u64,
    /// The chatbots to compare with.
    pub(super) others: u64,
    /// The chatbots that are in the group or failed.
    pub(super) union: u64,
}

/// Returns the groups that have enough openings to be a cause.
pub(super) fn groups<'a>(
    subjects: &[Subject<'a>],
    caps: &BTreeMap<ChatbotType, u32>,
    now: Timestamp,
) -> Vec<Group<'a>> {
    let mut groups: BTreeMap<Key<'a>, Vec<usize>> = BTreeMap::new();
    for (position, subject) in subjects.iter().enumerate() {
        for key in keys(subject, caps, now) {
            let chatbots = groups.entry(key).or_default();
            // A component that is listed twice.
            if chatbots.last() != Some(&position) {
                chatbots.push(position);
            }
        }
    }
    let is_candidate = |group: &Group<'a>| group.explained(subjects).take(MIN_MEMBERS).count() == MIN_MEMBERS;
    groups.into_iter().map(|(key, chatbots)| Group { key, chatbots }).filter(is_candidate).collect()
}

fn keys<'a>(subject: &Subject<'a>, caps: &BTreeMap<ChatbotType, u32>, now: Timestamp) -> Vec<Key<'a>> {
    let facts = subject.facts;
    let mut keys = vec![Key::Host(&facts.host), Key::Institution(&facts.institution)];
    // Where no other DMR reports, that no other sees the failure says nothing.
    if facts.dmrs.len() > 1 {
        keys.extend(facts.dmrs.iter().map(Key::Dmr));
    }
    let reference = subject.opening.map_or(now, |opening| opening.at);
    let is_recent = |since: Timestamp| since <= reference && reference.duration_since(since) <= RECENT;
    let recent = facts.versions.iter().filter(|version| is_recent(version.since));
    keys.extend(recent.map(|version| Key::Version(&version.component, &version.version)));
    if caps.contains_key(&facts.kind) {
        keys.push(Key::Everything);
    }
    keys
}

impl<'a> Group<'a> {
    /// Returns its chatbots that no earlier cause explains.
    pub(super) fn of<'s>(&'s self, subjects: &'s [Subject<'a>]) -> impl Iterator<Item = &'s Subject<'a>> + Clone {
        self.chatbots.iter().filter_map(|position| subjects.get(*position)).filter(|subject| !subject.explained)
    }

    /// Returns those that failed as the candidate explains.
    pub(super) fn explained<'s>(
        &'s self,
        subjects: &'s [Subject<'a>],
    ) -> impl Iterator<Item = (&'a AtRisk, &'a Opening)> + Clone {
        let explained = |subject: &Subject<'a>| {
            subject.opening.filter(|opening| self.key.explains(opening)).map(|opening| (subject.facts, opening))
        };
        self.of(subjects).filter_map(explained)
    }

    /// Returns whether both have the same chatbots, and explain the same openings.
    pub(super) fn is_same(&self, other: &Self, subjects: &[Subject<'a>]) -> bool {
        let name = |subject: &Subject<'a>| &subject.facts.chatbot;
        let affected = |(member, _): (&'a AtRisk, _)| &member.chatbot;
        self.of(subjects).map(name).eq(other.of(subjects).map(name))
            && self.explained(subjects).map(affected).eq(other.explained(subjects).map(affected))
    }

    /// Returns its numbers.
    pub(super) fn numbers(&self, subjects: &[Subject<'a>], totals: &Totals<'a>) -> Numbers {
        let (mut affected, mut opened, mut population) = (0, 0, 0);
        for subject in self.of(subjects) {
            population += 1;
            if let Some(opening) = subject.opening {
                opened += 1;
                affected += u64::from(self.key.explains(opening));
            }
        }
        let union = population + (totals.opened - opened);
        let (others_affected, others) = match self.key {
            Key::Dmr(dmr) => {
                let alone = totals.alone.get(dmr).copied().unwrap_or_default();
                (totals.observed_opened - alone.opened - affected, totals.observed - alone.chatbots)
            }
            _ => (totals.opened - opened, totals.chatbots - population),
        };
        Numbers { affected, population, others_affected, others, union }
    }
}

impl Numbers {
    /// Returns whether the candidate holds. `allowed` is how many chatbots the caps that are reached let be out. It
    /// bounds the population of "everything", because no more than these can fail. Without it "everything" does not
    /// hold.
    pub(super) fn hold(&self, key: Key<'_>, allowed: Option<u64>) -> bool {
        let share_of = |population: u64| self.affected * 100 >= MIN_PERCENT * population;
        if self.affected < MIN_MEMBERS as u64 {
            return false;
        }
        if key == Key::Everything {
            return allowed.is_some_and(|allowed| share_of(allowed.min(self.population)));
        }
        let is_higher = self.affected * self.others >= MIN_RATIO * self.others_affected * self.population;
        share_of(self.population) && self.others > 0 && is_higher
    }

    /// Compares how well two candidates explain the openings: the share of members among all chatbots that are in the
    /// group or failed (the Jaccard index of both sets). Then the smaller population is better.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let fit = (self.affected * other.union).cmp(&(other.affected * self.union));
        fit.then_with(|| Reverse(self.population).cmp(&Reverse(other.population)))
    }
}

/// The numbers of chatbots on which only one DMR reports.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Alone {
    chatbots: u64,
    opened: u64,
}

/// The numbers of all chatbots that no earlier cause explains.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals<'a> {
    chatbots: u64,
    opened: u64,
    /// Those on which a DMR reports.
    observed: u64,
    observed_opened: u64,
    /// Those on which only this DMR reports.
    alone: BTreeMap<&'a Name, Alone>,
}

impl<'a> Totals<'a> {
    /// Counts the subjects.
    pub(super) fn of(subjects: &[Subject<'a>]) -> Self {
        let mut totals = Self::default();
        for subject in subjects.iter().filter(|subject| !subject.explained) {
            let opened = u64::from(subject.opening.is_some());
            totals.chatbots += 1;
            totals.opened += opened;
            let mut dmrs = subject.facts.dmrs.iter();
            let Some(first) = dmrs.next() else { continue };
            totals.observed += 1;
            totals.observed_opened += opened;
            if dmrs.next().is_none() {
                let alone = totals.alone.entry(first).or_default();
                alone.chatbots += 1;
                alone.opened += opened;
            }
        }
        totals
    }
}
