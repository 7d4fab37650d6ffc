//! The next best action: what helped in similar incidents.
//!
//! An incident is a set of [`Token`]s. The neighbours of an incident are the [`MAX_NEIGHBOURS`] most similar ones that
//! are resolved, with a similarity of at least [`MIN_SIMILARITY_PERCENT`]: the weighted Jaccard index of both sets of
//! tokens, in which rare tokens weigh more (inverse document frequency). Of equally similar ones the later resolved
//! are nearer.
//!
//! An action is suggested if
//!
//! - it was tried in at least [`MIN_TRIES`] neighbours;
//! - the lower bound of *helped ÷ tried* in the neighbours (Wilson, 95 %) is above the share of all tries that helped
//!   against the same kind of cause;
//! - it helped in a larger share of the neighbours than of all incidents of that kind, with a confidence of 99 %,
//!   because several actions are compared at once. Otherwise an action that helps often would be suggested whatever
//!   the incident is like.
//!
//! So it is suggested only if the similar incidents say more than the kind of the cause does. The suggestions are
//! ranked by the lower bound.

mod features;
mod similarity;
mod wilson;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::features::{CauseKind, Failure, Features, MAX_TEMPLATES, ReleaseAge, Token, WitnessKind};
use self::{
    similarity::{Places, Vocabulary, similarity},
    wilson::{Z_95, Z_99, lower_bound, share},
};
use super::action::{Action, Attempt};

/// The most neighbours of an incident.
pub const MAX_NEIGHBOURS: usize = 20;
/// The lowest similarity of a neighbour, in per cent.
pub const MIN_SIMILARITY_PERCENT: u64 = 50;
/// The fewest tries of a suggested action among the neighbours.
pub const MIN_TRIES: u32 = 5;
/// The most suggestions.
pub const MAX_SUGGESTIONS: usize = 3;
/// The time within which an incident that nobody touched counts as ended by itself.
pub const BY_ITSELF: SignedDuration = SignedDuration::from_mins(20);

/// A resolved incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastIncident<I> {
    /// Its id.
    pub id: I,
    /// The kind of its cause.
    pub cause: CauseKind,
    /// Its tokens.
    pub tokens: BTreeSet<Token>,
    /// The actions that were tried. Empty, or [`Action::None`] alone, if it was left untouched.
    pub attempts: Vec<Attempt>,
    /// When it was resolved.
    pub resolved_at: Timestamp,
    /// The duration.
    pub lasted: SignedDuration,
}

impl<I> PastIncident<I> {
    /// Returns whether it ended by itself within [`BY_ITSELF`].
    #[must_use]
    pub fn ended_by_itself(&self) -> bool {
        self.attempts.iter().all(|attempt| attempt.action == Action::None) && self.lasted <= BY_ITSELF
    }

    /// Returns each action that was tried once, and whether it helped.
    fn outcomes(&self) -> BTreeMap<Action, bool> {
        let mut outcomes = BTreeMap::new();
        for attempt in self.attempts.iter().filter(|attempt| attempt.action != Action::None) {
            *outcomes.entry(attempt.action).or_default() |= attempt.helped;
        }
        outcomes
    }
}

/// A suggested action with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Suggestion<I> {
    /// The action.
    pub action: Action,
    /// The number of tries among the neighbours that helped.
    pub helped: u32,
    /// The number of tries among the neighbours.
    pub tried: u32,
    /// The share of tries that helped in all resolved incidents, in per cent, rounded down.
    pub overall: u32,
    /// The neighbours in which it was tried, the most similar first.
    pub like: Vec<I>,
}

/// The number of neighbours that ended by themselves within [`BY_ITSELF`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ByItself {
    /// Those that did.
    pub ended: u32,
    /// All neighbours.
    pub neighbours: u32,
}

/// The advice of similar incidents about an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Advice<I> {
    /// The suggested actions, the best first. Empty if the neighbours give no reason for one.
    pub suggestions: Vec<Suggestion<I>>,
    /// The number of neighbours that ended by themselves. As a suggestion, it is there only if it says more than the kind of the
    /// cause does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_itself: Option<ByItself>,
}

/// A number of incidents in which something was tried, and of those in which it helped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tries {
    helped: u32,
    tried: u32,
}

impl Tries {
    fn add(&mut self, helped: bool) {
        self.tried += 1;
        self.helped += u32::from(helped);
    }

    /// Returns the lower bound of the share that helped.
    fn bound(self) -> f64 {
        lower_bound(self.helped, self.tried, Z_95)
    }
}

/// The incidents with one kind of cause.
#[derive(Clone, Debug, Default)]
struct OfKind {
    incidents: u32,
    ended_by_itself: u32,
    /// Of all actions.
    tries: Tries,
    /// In how many incidents each action helped.
    helped: BTreeMap<Action, u32>,
}

/// The resolved incidents.
#[derive(Clone, Debug)]
pub struct PastIncidents<I> {
    incidents: Vec<(PastIncident<I>, Places)>,
    vocabulary: Vocabulary,
    overall: BTreeMap<Action, Tries>,
    by_cause: BTreeMap<CauseKind, OfKind>,
}

impl<I> Default for PastIncidents<I> {
    fn default() -> Self {
        let (incidents, vocabulary) = (Vec::new(), Vocabulary::default());
        Self { incidents, vocabulary, overall: BTreeMap::new(), by_cause: BTreeMap::new() }
    }
}

impl<I: Ord + Clone> PastIncidents<I> {
    /// Adds a resolved incident.
    pub fn add(&mut self, incident: PastIncident<I>) {
        let places = self.vocabulary.add(&incident.tokens);
        let of_kind = self.by_cause.entry(incident.cause).or_default();
        of_kind.incidents += 1;
        of_kind.ended_by_itself += u32::from(incident.ended_by_itself());
        for (action, helped) in incident.outcomes() {
            self.overall.entry(action).or_default().add(helped);
            of_kind.tries.add(helped);
            *of_kind.helped.entry(action).or_default() += u32::from(helped);
        }
        self.incidents.push((incident, places));
    }

    /// Returns what similar incidents say about an incident with this kind of cause and these tokens. It takes
    /// O(n · t + n log n) for n incidents of t tokens. The order in which they were added does not matter.
    #[must_use]
    pub fn advise(&self, cause: CauseKind, tokens: &BTreeSet<Token>) -> Advice<I> {
        let neighbours = self.neighbours(tokens);
        let of_kind = self.by_cause.get(&cause).cloned().unwrap_or_default();
        let ended = neighbours.iter().filter(|neighbour| neighbour.ended_by_itself());
        let (ended, all) = (count(ended), count(neighbours.iter()));
        let is_more = all >= MIN_TRIES && exceeds(ended, all, of_kind.ended_by_itself, of_kind.incidents);
        Advice {
            suggestions: self.suggestions(&of_kind, &neighbours),
            by_itself: is_more.then_some(ByItself { ended, neighbours: all }),
        }
    }

    /// Returns the most similar incidents, the nearest first.
    fn neighbours(&self, tokens: &BTreeSet<Token>) -> Vec<&PastIncident<I>> {
        let weights = self.vocabulary.weights();
        let (places, unknown) = self.vocabulary.look_up(tokens);
        let mut near: Vec<_> = self
            .incidents
            .iter()
            .map(|(incident, other)| (similarity(&places, unknown, other, &weights), incident))
            .filter(|(similarity, _)| similarity.reaches(MIN_SIMILARITY_PERCENT))
            .collect();
        near.sort_by(|(one, incident), (other, second)| {
            let key = |incident: &PastIncident<I>| Reverse(incident.resolved_at);
            let nearer = other.compare(*one).then_with(|| key(incident).cmp(&key(second)));
            nearer.then_with(|| incident.id.cmp(&second.id))
        });
        near.into_iter().map(|(_, incident)| incident).take(MAX_NEIGHBOURS).collect()
    }

    /// Returns the actions that helped the neighbours more than others, the best first.
    fn suggestions(&self, of_kind: &OfKind, neighbours: &[&PastIncident<I>]) -> Vec<Suggestion<I>> {
        let mut actions: BTreeMap<Action, (Tries, Vec<I>)> = BTreeMap::new();
        for neighbour in neighbours {
            for (action, helped) in neighbour.outcomes() {
                let (tries, like) = actions.entry(action).or_default();
                tries.add(helped);
                like.push(neighbour.id.clone());
            }
        }
        let all = count(neighbours.iter());
        let base = share(of_kind.tries.helped, of_kind.tries.tried);
        let is_good = |action: &Action, tries: Tries| {
            let helped = of_kind.helped.get(action).copied().unwrap_or_default();
            let is_specific = exceeds(tries.helped, all, helped, of_kind.incidents);
            tries.tried >= MIN_TRIES && tries.bound() > base && is_specific
        };
        let mut good: Vec<_> = actions.into_iter().filter(|(action, (tries, _))| is_good(action, *tries)).collect();
        // The sort is stable: equal ones stay in the order of the actions.
        good.sort_by(|(_, (one, _)), (_, (other, _))| other.bound().total_cmp(&one.bound()));
        let suggestion = |(action, (Tries { helped, tried }, like))| {
            let overall = self.overall.get(&action).map_or(0, |all| all.helped * 100 / all.tried.max(1));
            Suggestion { action, helped, tried, overall, like }
        };
        good.into_iter().map(suggestion).take(MAX_SUGGESTIONS).collect()
    }
}

/// Returns whether the share of `part` in `whole` is above that of `base` in `of`, with a confidence of 99 %.
fn exceeds(part: u32, whole: u32, base: u32, of: u32) -> bool {
    lower_bound(part, whole, Z_99) > share(base, of)
}

fn count<T>(all: impl Iterator<Item = T>) -> u32 {
    u32::try_from(all.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
