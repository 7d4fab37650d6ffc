//! What can be seen of a chatbot, in one shape for the engine and for the model.

use std::collections::BTreeMap;

use centops_domain::{
    chatbot::ChatbotType,
    circuit::Circuit,
    control::Control,
    detector::Finding,
    health::{Cause, Check, Health, Held},
    history::Minute,
    network::{Census, Network, Standing},
    observation::{CodeClass, LogLevel, Observation, Observer},
    policy::Policy,
    window::Counts,
};
use jiff::{SignedDuration, Timestamp};

/// The state of a circuit, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Routed.
    Closed,
    /// Not routed, and waiting.
    Open,
    /// Being probed by so many.
    HalfOpen(usize),
}

/// A chatbot at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// When it was enrolled.
    pub enrolled: Timestamp,
    /// Where it stands.
    pub standing: Standing,
    /// Why it is not routed.
    pub cause: Option<Cause>,
    /// Its circuit.
    pub state: State,
    /// Since when it is closed, or not.
    pub since: Timestamp,
    /// When the prober should look at it; what is past is due now.
    pub due: Option<Timestamp>,
    /// Why it fails and is routed.
    pub held: Option<Held>,
    /// What it waits for although it is routed.
    pub check: Option<Check>,
    /// What an administrator decided.
    pub control: Option<Control>,
    /// Since when it flaps.
    pub flapping: Option<Timestamp>,
    /// What the detectors find.
    pub finding: Finding,
    /// Results ever counted.
    pub totals: BTreeMap<CodeClass, u64>,
    /// Log entries ever counted.
    pub levels: BTreeMap<LogLevel, u64>,
    /// What each observer saw.
    pub observers: BTreeMap<Observer, Watched>,
}

/// What one observer saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// What its window holds.
    pub counts: Counts,
    /// Its score.
    pub score: u32,
    /// Its last failures.
    pub recent: Vec<Observation>,
    /// Whether its silence was noticed.
    pub silent: bool,
    /// Whether it stands against the others.
    pub outlier: bool,
    /// When it was last heard.
    pub heard: Timestamp,
    /// How often it usually is.
    pub usual: Option<SignedDuration>,
}

/// What can be seen of a minute.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct MinuteView {
    /// HTTP results by class.
    pub codes: BTreeMap<CodeClass, u32>,
    /// Log entries by level.
    pub levels: BTreeMap<LogLevel, u32>,
    /// Failures, slow answers, and what came late.
    pub failed_slow_late: (u32, u32, u32),
}

impl From<&Minute> for MinuteView {
    fn from(minute: &Minute) -> Self {
        let failed_slow_late = (minute.failed, minute.slow, minute.late);
        Self { codes: minute.codes.clone(), levels: minute.levels.clone(), failed_slow_late }
    }
}

impl View {
    /// Of a stored health.
    #[must_use]
    pub fn of(health: &Health, policy: &Policy, now: Timestamp) -> Self {
        let circuit = health.circuit(now);
        Self {
            enrolled: health.enrolled,
            standing: health.standing(),
            cause: health.cause().cloned(),
            state: match &circuit {
                Circuit::Closed { .. } => State::Closed,
                Circuit::Open { .. } => State::Open,
                Circuit::HalfOpen { leases, .. } => State::HalfOpen(leases.len()),
            },
            since: circuit.since(),
            due: health.due(policy).map(|due| due.max(now)),
            held: health.held(),
            check: health.check().copied(),
            control: health.control().cloned(),
            flapping: health.flapping(),
            finding: health.finding(policy, now),
            totals: health.totals().clone(),
            levels: health.levels().clone(),
            observers: health
                .observers()
                .iter()
                .map(|(observer, seen)| {
                    let watched = Watched {
                        counts: seen.window().counts(policy, now),
                        score: seen.score(),
                        recent: seen.recent().to_vec(),
                        silent: seen.is_silent(),
                        outlier: seen.is_outlier(),
                        heard: seen.rhythm().heard(),
                        usual: seen.rhythm().usual(),
                    };
                    (observer.clone(), watched)
                })
                .collect(),
        }
    }
}

/// The counts of both types.
#[must_use]
pub fn censuses(network: &Network) -> [Census; 2] {
    [ChatbotType::Ministry, ChatbotType::Institution].map(|kind| network.census(kind))
}
