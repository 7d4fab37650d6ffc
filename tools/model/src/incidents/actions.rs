//! Replays incidents in the order of their time, and compares suggestions with two baselines.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use centops_domain::incidents::{Action, CauseKind, MAX_SUGGESTIONS, PastIncidents};

use super::world::{Generated, World, incidents};

/// The lowest share of incidents with a suggestion, in per cent.
pub const MIN_COVERAGE: f64 = 30.0;
/// The least that the hits of three suggestions exceed those of the better baseline, in percentage points.
pub const MIN_GAIN: f64 = 10.0;
/// The highest share of incidents with a suggestion where there is nothing to learn, in per cent.
pub const MAX_COVERAGE_WITHOUT_SIGNAL: f64 = 2.0;

/// The hits of one method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// The first guess was right.
    pub first: u32,
    /// One of the first three was.
    pub three: u32,
}

impl Hits {
    fn add(&mut self, guesses: &[Action], right: Action) {
        self.first += u32::from(guesses.first() == Some(&right));
        self.three += u32::from(guesses.iter().take(MAX_SUGGESTIONS).any(|guess| *guess == right));
    }
}

/// The figures of a replay. Hits are counted in incidents with a suggestion, of each method in the same ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// All incidents.
    pub incidents: u32,
    /// Those with a suggestion.
    pub covered: u32,
    /// Those with a suggestion that ended by themselves, so that none is right.
    pub needless: u32,
    /// The suggestions.
    pub suggested: Hits,
    /// The actions that helped most often.
    pub frequent: Hits,
    /// Those that helped most often against the same kind of cause.
    pub frequent_of_kind: Hits,
    /// The incidents that were said to end by themselves.
    pub by_itself: u32,
    /// Those of them that do.
    pub by_itself_right: u32,
}

fn percent(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) * 100.0 / f64::from(whole) }
}

impl Figures {
    /// Returns the share of incidents with a suggestion, in per cent.
    #[must_use]
    pub fn coverage(&self) -> f64 {
        percent(self.covered, self.incidents)
    }

    /// Returns how much the hits of three suggestions exceed those of the better baseline, in percentage points.
    #[must_use]
    pub fn gain(&self) -> f64 {
        let better = self.frequent.three.max(self.frequent_of_kind.three);
        percent(self.suggested.three, self.covered) - percent(better, self.covered)
    }

    /// Returns whether the suggestions are good enough to be shown.
    #[must_use]
    pub fn pass(&self) -> bool {
        self.coverage() >= MIN_COVERAGE && self.gain() >= MIN_GAIN
    }

    fn add(&mut self, other: &Self) {
        let sum = |one: &mut Hits, other: Hits| {
            one.first += other.first;
            one.three += other.three;
        };
        self.incidents += other.incidents;
        self.covered += other.covered;
        self.needless += other.needless;
        sum(&mut self.suggested, other.suggested);
        sum(&mut self.frequent, other.frequent);
        sum(&mut self.frequent_of_kind, other.frequent_of_kind);
        self.by_itself += other.by_itself;
        self.by_itself_right += other.by_itself_right;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { incidents, covered, needless, .. } = self;
        writeln!(f, "  incidents {incidents}, with a suggestion {covered} ({:.1} %)", self.coverage())?;
        writeln!(f, "  of these ended by itself  {needless}")?;
        writeln!(f, "  said to end by itself     {}, rightly {}", self.by_itself, self.by_itself_right)?;
        writeln!(f, "                            hit@1   hit@3")?;
        for (title, hits) in [
            ("suggestion", self.suggested),
            ("most frequent", self.frequent),
            ("most frequent of the kind", self.frequent_of_kind),
        ] {
            let (first, three) = (percent(hits.first, *covered), percent(hits.three, *covered));
            writeln!(f, "  {title:<25}{first:>5.1} % {three:>5.1} %")?;
        }
        writeln!(f, "  gain                            {:>+5.1} points", self.gain())
    }
}

/// The two baselines: how often each action helped.
#[derive(Clone, Debug, Default)]
struct Frequencies {
    all: BTreeMap<Action, u32>,
    by_cause: BTreeMap<CauseKind, BTreeMap<Action, u32>>,
}

impl Frequencies {
    fn add(&mut self, one: &Generated) {
        for attempt in one.incident.attempts.iter().filter(|attempt| attempt.helped) {
            *self.all.entry(attempt.action).or_default() += 1;
            *self.by_cause.entry(one.incident.cause).or_default().entry(attempt.action).or_default() += 1;
        }
    }
}

/// Returns the actions, the most frequent first.
fn ranked(counts: &BTreeMap<Action, u32>) -> Vec<Action> {
    let mut ranked: Vec<_> = counts.iter().collect();
    ranked.sort_by_key(|(action, count)| (Reverse(**count), **action));
    ranked.into_iter().map(|(action, _)| *action).collect()
}

/// The figures of several worlds.
#[derive(Clone, Copy, Debug)]
pub struct Worlds {
    /// The sum.
    pub total: Figures,
    /// The lowest gain of one world, in percentage points.
    pub lowest_gain: f64,
}

impl fmt::Display for Worlds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}  lowest gain of one world        {:>+5.1} points", self.total, self.lowest_gain)
    }
}

/// Replays `worlds` worlds of `count` incidents each.
#[must_use]
pub fn replay_worlds(
    seed: u64,
    worlds: u64,
    count: usize,
    world: World,
    replay: fn(&[Generated]) -> Figures,
) -> Worlds {
    let mut all = Worlds { total: Figures::default(), lowest_gain: f64::INFINITY };
    for number in 0..worlds {
        let figures = replay(&incidents(seed.wrapping_mul(1_000_003).wrapping_add(number), count, world));
        all.total.add(&figures);
        all.lowest_gain = all.lowest_gain.min(figures.gain());
    }
    all
}

/// Replays the incidents: each is predicted from earlier ones only.
#[must_use]
pub fn replay(incidents: &[Generated]) -> Figures {
    run(incidents, |_| true, |_| true)
}

/// Replays the incidents once for each institution: its incidents are predicted from earlier ones of the others only.
#[must_use]
pub fn replay_by_institution(incidents: &[Generated]) -> Figures {
    let institutions: BTreeSet<_> = incidents.iter().map(|one| &one.institution).collect();
    let mut figures = Figures::default();
    for institution in institutions {
        let is_own = |one: &Generated| one.institution == *institution;
        figures.add(&run(incidents, is_own, |one| !is_own(one)));
    }
    figures
}

fn run(incidents: &[Generated], judged: impl Fn(&Generated) -> bool, learnt: impl Fn(&Generated) -> bool) -> Figures {
    let mut past = PastIncidents::default();
    let mut frequencies = Frequencies::default();
    let mut figures = Figures::default();
    for one in incidents {
        if judged(one) {
            figures.add(&judge(one, &past, &frequencies));
        }
        if learnt(one) {
            past.add(one.incident.clone());
            frequencies.add(one);
        }
    }
    figures
}

fn judge(one: &Generated, past: &PastIncidents<u32>, frequencies: &Frequencies) -> Figures {
    let cause = one.incident.cause;
    let advice = past.advise(cause, &one.incident.tokens);
    let is_by_itself = u32::from(advice.by_itself.is_some());
    let ends = one.right == Action::None;
    let mut figures = Figures {
        incidents: 1,
        by_itself: is_by_itself,
        by_itself_right: is_by_itself * u32::from(ends),
        ..Figures::default()
    };
    if advice.suggestions.is_empty() {
        return figures;
    }
    figures.covered = 1;
    figures.needless = u32::from(ends);
    let suggested: Vec<_> = advice.suggestions.iter().map(|suggestion| suggestion.action).collect();
    figures.suggested.add(&suggested, one.right);
    figures.frequent.add(&ranked(&frequencies.all), one.right);
    let of_kind = frequencies.by_cause.get(&cause).unwrap_or(&frequencies.all);
    figures.frequent_of_kind.add(&ranked(of_kind), one.right);
    figures
}
