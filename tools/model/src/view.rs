//! The observable state of a chatbot, in one form for the engine and for the model.

use std::collections::BTreeMap;

use centops_domain::{
    chatbots::{ChatbotType, ChatbotUri},
    health::{
        Cause, Check, Circuit, Control, Counts, Finding, Health, Lane, Minute, Network, Policy, RoutingState,
        StateCounts, Suppression,
    },
    ingestion::{CodeClass, LogLevel, Observation, Observer},
};
use jiff::{SignedDuration, Timestamp};

/// The state of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Routed.
    Closed,
    /// Not routed, waiting.
    Open,
    /// Being probed, by this many probers.
    HalfOpen(usize),
}

impl From<&Circuit> for State {
    fn from(circuit: &Circuit) -> Self {
        match circuit {
            Circuit::Closed { .. } => Self::Closed,
            Circuit::Open { .. } => Self::Open,
            Circuit::HalfOpen { leases, .. } => Self::HalfOpen(leases.len()),
        }
    }
}

/// The observable state of a chatbot at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The time of the enrolment.
    pub enrolled: Timestamp,
    /// The routing state.
    pub routing_state: RoutingState,
    /// The cause for which it is not routed.
    pub cause: Option<Cause>,
    /// The state of its circuit.
    pub state: State,
    /// The time of closing or opening.
    pub since: Timestamp,
    /// The lane and the time of the next evaluation; a time in the past counts as now.
    pub due: Option<(Lane, Timestamp)>,
    /// The time until which an evaluation for the silence lane finds nothing.
    pub quiet_until: Option<Timestamp>,
    /// The reason why it stays routed although it fails.
    pub suppression: Option<Suppression>,
    /// The pending probe of a routed chatbot.
    pub check: Option<Check>,
    /// The manual control.
    pub control: Option<Control>,
    /// The time since which it flaps.
    pub flapping: Option<Timestamp>,
    /// The address.
    pub address: ChatbotUri,
    /// The pending address, since when it is, its failed probes, and the state of its circuit.
    pub pending: Option<(ChatbotUri, Timestamp, u32, State)>,
    /// The finding of the detectors.
    pub finding: Finding,
    /// The number of HTTP results by class.
    pub totals: BTreeMap<CodeClass, u64>,
    /// The number of log entries by level.
    pub levels: BTreeMap<LogLevel, u64>,
    /// The state per observer.
    pub observers: BTreeMap<Observer, ObserverView>,
}

/// The observable state of an observer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObserverView {
    /// The counts of its window.
    pub counts: Counts,
    /// Its score.
    pub score: u32,
    /// Its last failures, oldest first.
    pub recent: Vec<Observation>,
    /// True if it was flagged as silent.
    pub silent: bool,
    /// True if it is an outlier.
    pub outlier: bool,
    /// The time of its last report.
    pub last_seen: Timestamp,
    /// Its usual report interval.
    pub usual: Option<SignedDuration>,
}

/// The observable counts of a minute.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct MinuteView {
    /// HTTP results by class.
    pub codes: BTreeMap<CodeClass, u32>,
    /// Log entries by level.
    pub levels: BTreeMap<LogLevel, u32>,
    /// The numbers of failures, slow observations and late observations.
    pub failed_slow_late: (u32, u32, u32),
}

impl From<&Minute> for MinuteView {
    fn from(minute: &Minute) -> Self {
        let failed_slow_late = (minute.failed, minute.slow, minute.late);
        Self { codes: minute.codes.clone(), levels: minute.levels.clone(), failed_slow_late }
    }
}

impl View {
    /// Returns the state of a stored health.
    #[must_use]
    pub fn new(health: &Health, address: &ChatbotUri, policy: &Policy, now: Timestamp) -> Self {
        let circuit = health.circuit(now);
        let pending = health.relocation().map(|relocation| {
            let circuit = relocation.circuit(now);
            let failures = match circuit {
                Circuit::Closed { .. } => 0,
                Circuit::Open { failures, .. } | Circuit::HalfOpen { failures, .. } => failures,
            };
            (relocation.uri().clone(), circuit.since(), failures, State::from(&circuit))
        });
        Self {
            enrolled: health.enrolled_at,
            routing_state: health.routing_state(),
            cause: health.cause().cloned(),
            state: State::from(&circuit),
            since: circuit.since(),
            due: health.due(policy).map(|due| (due.lane, due.at.max(now))),
            quiet_until: health.quiet_until(policy),
            suppression: health.suppression(),
            check: health.check().copied(),
            control: health.control().cloned(),
            flapping: health.flapping_since(),
            address: address.clone(),
            pending,
            finding: health.finding(policy, now),
            totals: health.totals().clone(),
            levels: health.levels().clone(),
            observers: health
                .observers()
                .iter()
                .map(|(observer, state)| {
                    let view = ObserverView {
                        counts: state.window().counts(policy, now),
                        score: state.score(),
                        recent: state.recent().to_vec(),
                        silent: state.is_silent(),
                        outlier: state.is_outlier(),
                        last_seen: state.report_interval().last_seen(),
                        usual: state.report_interval().usual(),
                    };
                    (observer.clone(), view)
                })
                .collect(),
        }
    }
}

/// Returns the counts of both types.
#[must_use]
pub fn state_counts(network: &Network) -> [StateCounts; 2] {
    [ChatbotType::Ministry, ChatbotType::Institution].map(|kind| network.state_counts(kind))
}
