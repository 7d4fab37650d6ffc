//! The API representation of a chatbot's health.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    chatbots::{name::Name, status::Status, uri::ChatbotUri},
    health::{
        cause::{Cause, Check, CheckReason, Suppression, Witness},
        circuit::Circuit,
        control::{Control, ControlMode},
        detector::Detector,
        observer::ObserverState,
        policy::Policy,
        relocation::Relocation,
        state::Health,
        window::{Bucket, Counts},
    },
    ingestion::{
        code_pattern::CodeClass,
        code_result::{CodeError, StatusCode},
        log_level::LogLevel,
        observation::{Observation, Signal},
        observer::Observer,
    },
    stamp::Stamp,
    text::Reason,
};

/// The health of a chatbot, with the reasons why it is or is not routed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthView {
    chatbot: Name,
    status: Status,
    circuit: &'static str,
    since: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<CauseView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_probe: Option<Timestamp>,
    /// True if it recovered recently, so that it opens more easily.
    sensitive: bool,
    #[serde(rename = "held", skip_serializing_if = "Option::is_none")]
    suppression: Option<Suppression>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<CheckView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<ControlView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flapping_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<PendingView>,
    observers: Vec<ObserverView>,
    totals: Totals,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum CauseView {
    Enrolled,
    Failing {
        witnesses: Vec<WitnessView>,
    },
    Unanswered {
        #[serde(rename = "checkReason")]
        reason: CheckReason,
    },
    Forced {
        reason: String,
    },
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct WitnessView {
    observer: Observer,
    detector: Detector,
    #[serde(flatten)]
    counts: Counts,
    score: u32,
    recent: Vec<ObservationView>,
}

/// An observation.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct ObservationView {
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<StatusCode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<CodeError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<LogLevel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u32>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct ControlView {
    mode: ControlMode,
    reason: Reason,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    since: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Stamp>,
}

impl ControlView {
    pub(crate) fn new(control: &Control) -> Self {
        let Control { mode, reason, by, since, until } = control.clone();
        Self { mode, reason, by: Some(by.into()), since, until }
    }

    /// Returns the representation without the author. The `sub` claim of a token may be a personal identification code,
    /// which owners must not see.
    pub(crate) fn without_persons(self) -> Self {
        Self { by: None, ..self }
    }
}

/// The address that the chatbot is to move to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PendingView {
    uri: ChatbotUri,
    since: Timestamp,
    failed_probes: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_probe: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize)]
struct CheckView {
    reason: CheckReason,
    due: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ObserverView {
    observer: Observer,
    last_seen: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    usual_seconds: Option<i64>,
    silent: bool,
    outlier: bool,
    score: u32,
    #[serde(flatten)]
    counts: Counts,
    buckets: Vec<BucketView>,
}

#[derive(Clone, Debug, Serialize)]
struct BucketView {
    start: Timestamp,
    #[serde(flatten)]
    counts: Counts,
}

/// The totals since the enrolment.
#[derive(Clone, Debug, Serialize)]
struct Totals {
    codes: BTreeMap<CodeClass, u64>,
    levels: BTreeMap<LogLevel, u64>,
}

impl HealthView {
    /// Returns the representation of the `health` of `chatbot` at `now`.
    #[must_use]
    pub fn new(chatbot: Name, health: &Health, policy: &Policy, now: Timestamp) -> Self {
        let circuit = health.circuit(now);
        let observer = |(observer, state): (&Observer, &ObserverState)| ObserverView::new(observer, state, policy, now);
        Self {
            chatbot,
            status: health.routing_state().status(),
            circuit: match circuit {
                Circuit::Closed { .. } => "closed",
                Circuit::Open { .. } => "open",
                Circuit::HalfOpen { .. } => "half-open",
            },
            since: circuit.since(),
            cause: health.cause().map(CauseView::new),
            next_probe: health.control().is_none().then(|| circuit.due(policy)).flatten(),
            sensitive: circuit.is_sensitive(policy, now),
            suppression: health.suppression(),
            check: health.check().map(|Check { reason, due, .. }| CheckView { reason: *reason, due: *due }),
            control: health.control().filter(|control| !control.has_ended(now)).map(ControlView::new),
            flapping_since: health.flapping_since(),
            pending: health
                .relocation()
                .map(|relocation| PendingView::new(relocation, policy, now, health.control().is_some())),
            observers: health.observers().iter().map(observer).collect(),
            totals: Totals { codes: health.totals().clone(), levels: health.levels().clone() },
        }
    }

    /// Returns the representation without the author of the control; see [`ControlView::without_persons`].
    #[must_use]
    pub fn without_persons(self) -> Self {
        Self { control: self.control.map(ControlView::without_persons), ..self }
    }
}

impl PendingView {
    fn new(relocation: &Relocation, policy: &Policy, now: Timestamp, is_controlled: bool) -> Self {
        let circuit = relocation.circuit(now);
        let failed_probes = match circuit {
            Circuit::Closed { .. } => 0,
            Circuit::Open { failures, .. } | Circuit::HalfOpen { failures, .. } => failures,
        };
        let next_probe = circuit.due(policy).filter(|_| !is_controlled);
        Self { uri: relocation.uri().clone(), since: circuit.since(), failed_probes, next_probe }
    }
}

impl CauseView {
    pub(crate) fn new(cause: &Cause) -> Self {
        match cause {
            Cause::Enrolled => Self::Enrolled,
            Cause::Failing(witnesses) => Self::Failing { witnesses: witnesses.iter().map(WitnessView::new).collect() },
            Cause::Unanswered(reason) => Self::Unanswered { reason: *reason },
            Cause::Forced(reason) => Self::Forced { reason: reason.clone() },
        }
    }
}

impl WitnessView {
    fn new(Witness { observer, by, counts, score, recent }: &Witness) -> Self {
        Self {
            observer: observer.clone(),
            detector: *by,
            counts: *counts,
            score: *score,
            recent: recent.iter().map(ObservationView::new).collect(),
        }
    }
}

impl ObservationView {
    fn new(Observation { at, signal }: &Observation) -> Self {
        let view = Self { at: *at, ..Self::default() };
        match *signal {
            Signal::Log(level) => Self { level: Some(level), ..view },
            Signal::Code { result, millis } => {
                Self { status: result.ok(), error: result.err(), duration_ms: millis, ..view }
            }
        }
    }
}

impl ObserverView {
    fn new(observer: &Observer, state: &ObserverState, policy: &Policy, now: Timestamp) -> Self {
        let mut window = state.window().clone();
        window.trim(policy, now);
        let bucket = |bucket: &Bucket| BucketView {
            start: Timestamp::from_second(bucket.start).unwrap_or_default(),
            counts: bucket.counts,
        };
        Self {
            observer: observer.clone(),
            last_seen: state.report_interval().last_seen(),
            usual_seconds: state.report_interval().usual().map(|usual| usual.as_secs()),
            silent: state.is_silent(),
            outlier: state.is_outlier(),
            score: state.score(),
            counts: window.counts(policy, now),
            buckets: window.buckets().iter().map(bucket).collect(),
        }
    }
}
