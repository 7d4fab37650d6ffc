//! The health of one chatbot: the aggregate that every observer and prober shares.
//!
//! Folding is pure: `(health, batch, policy, now)` gives the health after it. Whoever folds saves the
//! result by compare-and-set; on a conflict it folds the stored health instead, so that no batch is
//! lost and none counts twice: per observer the aggregate keeps the sequence number of the last batch,
//! and a batch at or below it is a redelivery. What follows from a fold is decided in [`crate::engine`].

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    health::{
        cause::{Cause, Check, Suppression, Witness},
        circuit::Circuit,
        control::Control,
        detector::{self, Detector, Evidence, Finding},
        flapping::FlapDamper,
        history::Minutes,
        network::RoutingState,
        policy::{Judgement, Policy},
        report_interval::ReportInterval,
        window::Window,
    },
    ingestion::observation::{CodeClass, LogLevel, Observation, Observer, Sequence, Signal},
    stamp::Stamp,
};

/// The most observers of one chatbot: with windows of at most 20 buckets the item stays below 32 KB of
/// DynamoDB's 400.
pub const MAX_OBSERVERS: usize = 64;
/// An observer that was silent for longer gives its place to a new one. No message is older, so none of
/// its batches can come again.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How many failures of each observer are kept as they were seen.
const RECENT: usize = 3;

/// What is known of a chatbot's health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// When the chatbot was enrolled. What was seen before that was of another of the same name.
    #[serde(with = "crate::stamp")]
    pub enrolled_at: Timestamp,
    pub(crate) circuit: Circuit,
    /// Why it is not routed; none exactly while the circuit is closed.
    pub(crate) cause: Option<Cause>,
    pub(crate) control: Option<Control>,
    pub(crate) check: Option<Check>,
    /// When to look whether an observer is silent.
    pub(crate) watch: Option<Stamp>,
    pub(crate) suppression: Option<Suppression>,
    pub(crate) flapping: FlapDamper,
    /// The id of the next lease.
    pub(crate) next_lease: u64,
    pub(crate) observers: BTreeMap<Observer, ObserverState>,
    totals: BTreeMap<CodeClass, u64>,
    levels: BTreeMap<LogLevel, u64>,
    pub(crate) minutes: Minutes,
}

/// What one observer saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObserverState {
    /// The last batch that was counted.
    last: Sequence,
    /// When it reports.
    pub(crate) report_interval: ReportInterval,
    /// Whether its silence was noticed.
    pub(crate) silent: bool,
    /// Whether it stands against the others, and that was said.
    pub(crate) outlier: bool,
    /// Of the fast detector.
    score: u32,
    /// Of the rate detector.
    window: Window,
    /// The last failures.
    recent: Vec<Observation>,
}

impl ObserverState {
    /// When it was last heard, and how often it usually is.
    #[must_use]
    pub fn report_interval(&self) -> &ReportInterval {
        &self.report_interval
    }

    /// Whether it used to report and does not.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.silent
    }

    /// Whether it stands against the others.
    #[must_use]
    pub fn is_outlier(&self) -> bool {
        self.outlier
    }

    /// The score of the fast detector.
    #[must_use]
    pub fn score(&self) -> u32 {
        self.score
    }

    /// Its window.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// The last failures that it saw, oldest first.
    #[must_use]
    pub fn recent(&self) -> &[Observation] {
        &self.recent
    }
}

/// What one observer reported of one chatbot in one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Who saw it.
    pub observer: Observer,
    /// The message's place in the observer's queue.
    pub sequence: Sequence,
    /// What it saw.
    pub observations: Vec<Observation>,
}

/// What became of a batch: each observation is in exactly one of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FoldSummary {
    /// Counted in the totals and in the window.
    pub counted: usize,
    /// Counted in the totals only: older than the window, or than the circuit's last closing.
    pub late: usize,
    /// Refused: counted before.
    pub repeated: usize,
    /// Refused: from before the chatbot was enrolled.
    pub before_enrolment: usize,
    /// Refused: one observer too many.
    pub over_limit: usize,
}

impl FoldSummary {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            counted: self.counted + other.counted,
            late: self.late + other.late,
            repeated: self.repeated + other.repeated,
            before_enrolment: self.before_enrolment + other.before_enrolment,
            over_limit: self.over_limit + other.over_limit,
        }
    }

    /// Whether anything of the health changed.
    #[must_use]
    pub fn changed(self) -> bool {
        self.counted + self.late + self.before_enrolment > 0
    }
}

impl Health {
    /// The health of a chatbot enrolled at `now`: not routed, and due for its first probe.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let now = crate::stamp::milliseconds(now);
        Self {
            enrolled_at: now,
            circuit: Circuit::due_at_once(now),
            cause: Some(Cause::Enrolled),
            control: None,
            check: None,
            watch: None,
            suppression: None,
            flapping: FlapDamper::default(),
            // Unlike any of another chatbot that had the name before.
            next_lease: u64::try_from(now.as_millisecond()).unwrap_or_default(),
            observers: BTreeMap::new(),
            totals: BTreeMap::new(),
            levels: BTreeMap::new(),
            minutes: Minutes::default(),
        }
    }

    /// Counts `batch` at `now`, once.
    pub fn fold(&mut self, batch: &Batch, policy: &Policy, now: Timestamp) -> FoldSummary {
        let size = batch.observations.len();
        if self.observers.get(&batch.observer).is_some_and(|seen| batch.sequence <= seen.last) {
            return FoldSummary { repeated: size, ..FoldSummary::default() };
        }
        if !self.make_room(&batch.observer, now) {
            return FoldSummary { over_limit: size, ..FoldSummary::default() };
        }
        let new = || ObserverState {
            last: batch.sequence,
            report_interval: ReportInterval::new(now),
            silent: false,
            outlier: false,
            score: 0,
            window: Window::default(),
            recent: Vec::new(),
        };
        let seen = self.observers.entry(batch.observer.clone()).or_insert_with(new);
        seen.last = batch.sequence;
        seen.report_interval.record_report(now);
        seen.silent = false;
        seen.window.trim(policy, now);
        if seen.window.buckets().is_empty() {
            seen.score = 0;
            seen.recent.clear();
        }
        let closed_since = self.circuit.is_closed().then(|| self.circuit.since());
        let mut folded = FoldSummary::default();
        for observation in &batch.observations {
            let Observation { at, signal } = *observation;
            if at < self.enrolled_at {
                folded.before_enrolment += 1;
                continue;
            }
            match signal {
                Signal::Code { result, .. } => *self.totals.entry(CodeClass::from(result)).or_default() += 1,
                Signal::Log(level) => *self.levels.entry(level).or_default() += 1,
            }
            let judgement = policy.judge(signal);
            self.minutes.add(at, signal, judgement, now);
            let counts = closed_since.is_none_or(|since| at >= since);
            if counts && seen.window.add(at, judgement, policy, now) {
                folded.counted += 1;
                seen.count(*observation, judgement, policy);
            } else {
                folded.late += 1;
            }
        }
        folded
    }

    /// Whether `observer` is known, or may be.
    fn make_room(&mut self, observer: &Observer, now: Timestamp) -> bool {
        if self.observers.contains_key(observer) || self.observers.len() < MAX_OBSERVERS {
            return true;
        }
        let longest = self.observers.iter().min_by_key(|(_, seen)| seen.report_interval.last_seen());
        let forgotten =
            longest.filter(|(_, seen)| now.duration_since(seen.report_interval.last_seen()) >= FORGOTTEN_AFTER);
        let Some(forgotten) = forgotten.map(|(name, _)| name.clone()) else { return false };
        self.observers.remove(&forgotten);
        true
    }

    /// What the detectors find at `now`: nothing unless the circuit is closed and left to itself.
    #[must_use]
    pub fn finding(&self, policy: &Policy, now: Timestamp) -> Finding {
        if !self.circuit.is_closed() || self.control.is_some() {
            return Finding::Fine;
        }
        let policy = self.circuit.effective_policy(policy, now);
        let seen: Vec<_> = self
            .observers
            .iter()
            .map(|(observer, seen)| Evidence { observer, counts: seen.window.counts(&policy, now), score: seen.score })
            .collect();
        detector::find(&seen, &policy)
    }

    /// What these observers have to say at `now`.
    pub(crate) fn witnesses(&self, found: Vec<(Observer, Detector)>, policy: &Policy, now: Timestamp) -> Vec<Witness> {
        let witness = |(observer, by): (Observer, Detector)| {
            let seen = self.observers.get(&observer)?;
            let counts = seen.window.counts(policy, now);
            Some(Witness { observer, by, counts, score: seen.score, recent: seen.recent.clone() })
        };
        found.into_iter().filter_map(witness).collect()
    }

    /// Closes the circuit at `now`. The windows start anew: what opened it must not open it again. Nor
    /// is it any observer's fault that nothing was to be seen meanwhile.
    pub(crate) fn close(&mut self, relapses: Option<u32>, now: Timestamp) {
        self.circuit = Circuit::closed(now, relapses);
        (self.cause, self.check, self.suppression) = (None, None, None);
        for seen in self.observers.values_mut() {
            seen.window = Window::default();
            (seen.score, seen.silent, seen.outlier) = (0, false, false);
            seen.recent.clear();
            seen.report_interval.restart(now);
        }
    }

    /// Opens the circuit.
    pub(crate) fn open(&mut self, circuit: Circuit, cause: Cause) {
        self.circuit = circuit;
        self.cause = Some(cause);
        (self.check, self.watch, self.suppression) = (None, None, None);
    }

    /// When the first observer will be silent that is not yet, if it is not heard before.
    pub(crate) fn next_silence(&self, policy: &Policy) -> Option<Timestamp> {
        let heard = self.observers.values().filter(|seen| !seen.silent);
        heard.filter_map(|seen| seen.report_interval.silent_at(&policy.silence)).min()
    }

    /// When the prober should look at it next.
    #[must_use]
    pub fn due(&self, policy: &Policy) -> Option<Timestamp> {
        if let Some(control) = &self.control {
            return control.until.map(|Stamp(until)| until);
        }
        let check = self.check.map(|check| check.lease.map_or(check.due, |lease| lease.until));
        let watch = self.watch.map(|Stamp(at)| at);
        let settled = self.flapping.due(self.circuit.since());
        [self.circuit.due(policy), check, watch, settled].into_iter().flatten().min()
    }

    /// Where it stands in the counts.
    #[must_use]
    pub fn routing_state(&self) -> RoutingState {
        match &self.cause {
            None => RoutingState::Online,
            Some(Cause::Enrolled) => RoutingState::Unknown,
            Some(Cause::Failing(_) | Cause::Unanswered(_)) => RoutingState::Ejected,
            Some(Cause::Forced(_)) => RoutingState::Offline,
        }
    }

    /// The circuit as it is at `now`.
    #[must_use]
    pub fn circuit(&self, now: Timestamp) -> Circuit {
        self.circuit.at(now)
    }

    /// Why it is not routed.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }

    /// What an administrator decided.
    #[must_use]
    pub fn control(&self) -> Option<&Control> {
        self.control.as_ref()
    }

    /// The probe that it waits for although it is routed.
    #[must_use]
    pub fn check(&self) -> Option<&Check> {
        self.check.as_ref()
    }

    /// Whether it fails and is routed all the same.
    #[must_use]
    pub fn suppression(&self) -> Option<Suppression> {
        self.suppression
    }

    /// Since when it flaps.
    #[must_use]
    pub fn flapping_since(&self) -> Option<Timestamp> {
        self.flapping.since()
    }

    /// What each observer saw.
    #[must_use]
    pub fn observers(&self) -> &BTreeMap<Observer, ObserverState> {
        &self.observers
    }

    /// HTTP results ever counted, by class.
    #[must_use]
    pub fn totals(&self) -> &BTreeMap<CodeClass, u64> {
        &self.totals
    }

    /// Log entries ever counted, by level.
    #[must_use]
    pub fn levels(&self) -> &BTreeMap<LogLevel, u64> {
        &self.levels
    }

    /// The minutes that are not in the history yet.
    #[must_use]
    pub fn minutes(&self) -> &Minutes {
        &self.minutes
    }
}

impl ObserverState {
    /// Takes an observation that fell into the window.
    fn count(&mut self, observation: Observation, judgement: Judgement, policy: &Policy) {
        self.score = detector::next_score(self.score, judgement, policy);
        if judgement != Judgement::Fine {
            if self.recent.len() >= RECENT {
                self.recent.remove(0);
            }
            self.recent.push(observation);
        }
    }
}
