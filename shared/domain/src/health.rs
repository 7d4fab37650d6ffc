//! The health of one chatbot: the aggregate that every observer and prober shares.
//!
//! Folding is pure: `(health, batch, policy, now)` gives the health after it. Whoever folds saves the
//! result by compare-and-set; on a conflict it folds the stored health instead, so that no batch is
//! lost and none counts twice: per observer the aggregate keeps the sequence number of the last batch,
//! and a batch at or below it is a redelivery.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    circuit::{Circuit, Claim, Probed},
    detector::{self, Witness},
    observation::{CodeClass, LogLevel, Observation, Observer, Sequence, Signal},
    policy::Policy,
    window::Window,
};

/// The most observers of one chatbot. More are refused, so the item stays far from 400 KB.
pub const MAX_OBSERVERS: usize = 64;

/// What is known of a chatbot's health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// When the chatbot was enrolled. What was seen before that was of another of the same name.
    #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
    pub enrolled: Timestamp,
    /// Why it is routed or not.
    pub circuit: Circuit,
    /// Whether it fails and is routed all the same, for the cap is reached.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// What each observer saw.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    observers: BTreeMap<Observer, Observed>,
    /// HTTP results ever counted, by class.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    totals: BTreeMap<CodeClass, u64>,
    /// Log entries ever counted, by level.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    levels: BTreeMap<LogLevel, u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Observed {
    /// The last batch that was counted.
    last: Sequence,
    window: Window,
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
pub struct Folded {
    /// Counted in the totals and in the window.
    pub counted: usize,
    /// Counted in the totals only: older than the window, or than the circuit's last closing.
    pub late: usize,
    /// Refused: counted before.
    pub repeated: usize,
    /// Refused: from before the chatbot was enrolled.
    pub before_enrolment: usize,
    /// Refused: one observer too many.
    pub unheard: usize,
}

impl Folded {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            counted: self.counted + other.counted,
            late: self.late + other.late,
            repeated: self.repeated + other.repeated,
            before_enrolment: self.before_enrolment + other.before_enrolment,
            unheard: self.unheard + other.unheard,
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
    pub fn enrolled(now: Timestamp) -> Self {
        Self {
            enrolled: now,
            circuit: Circuit::Open { since: now, failures: 0, next_probe: now },
            held: false,
            observers: BTreeMap::new(),
            totals: BTreeMap::new(),
            levels: BTreeMap::new(),
        }
    }

    /// Counts `batch` at `now`, once.
    pub fn fold(&mut self, batch: &Batch, policy: &Policy, now: Timestamp) -> Folded {
        let size = batch.observations.len();
        if !self.observers.contains_key(&batch.observer) && self.observers.len() >= MAX_OBSERVERS {
            return Folded { unheard: size, ..Folded::default() };
        }
        let seen = self.observers.entry(batch.observer.clone()).or_default();
        if batch.sequence <= seen.last {
            return Folded { repeated: size, ..Folded::default() };
        }
        seen.last = batch.sequence;
        seen.window.trim(policy, now);
        let closed_since = match self.circuit {
            Circuit::Closed { since } => Some(since),
            Circuit::Open { .. } | Circuit::HalfOpen { .. } => None,
        };
        let mut folded = Folded::default();
        for &Observation { at, signal } in &batch.observations {
            if at < self.enrolled {
                folded.before_enrolment += 1;
                continue;
            }
            match signal {
                Signal::Code(class) => *self.totals.entry(class).or_default() += 1,
                Signal::Log(level) => *self.levels.entry(level).or_default() += 1,
            }
            let counts = closed_since.is_none_or(|since| at >= since);
            if counts && seen.window.add(at, policy.is_failure(signal), policy, now) {
                folded.counted += 1;
            } else {
                folded.late += 1;
            }
        }
        folded
    }

    /// Who finds the chatbot failing at `now`, if enough do and the circuit is closed: then it should
    /// open.
    #[must_use]
    pub fn failing(&self, policy: &Policy, now: Timestamp) -> Option<Vec<Witness>> {
        let Circuit::Closed { .. } = self.circuit else { return None };
        let seen = self.observers.iter().map(|(observer, seen)| (observer, seen.window.counts(policy, now)));
        detector::failing(seen, policy)
    }

    /// Opens the circuit at `now`; `dice` is in `[0, 1)`.
    pub fn open(&mut self, policy: &Policy, now: Timestamp, dice: f64) {
        self.held = false;
        self.circuit = Circuit::Open { since: now, failures: 0, next_probe: policy.next_probe(0, now, dice) };
    }

    /// Takes the result of a claimed probe. When it closes the circuit the windows start anew: what
    /// opened it must not open it again.
    pub fn probed(&mut self, claim: Claim, success: bool, policy: &Policy, now: Timestamp, dice: f64) -> Probed {
        let probed = self.circuit.probed(claim, success, policy, now, dice);
        if probed == Probed::Closed {
            self.held = false;
            for seen in self.observers.values_mut() {
                seen.window = Window::default();
            }
        }
        probed
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
}
