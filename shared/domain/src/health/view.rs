//! A chatbot's health as people see it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    chatbots::{chatbot::Status, name::Name},
    health::{
        cause::{Cause, Check, CheckReason, Suppression, Witness},
        circuit::Circuit,
        control::{Control, ControlMode},
        detector::Detector,
        observer::ObserverState,
        policy::Policy,
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

/// All that is known of a chatbot's health, and why it is or is not routed.
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
    /// Soon after a recovery: it opens more easily.
    sensitive: bool,
    #[serde(rename = "held", skip_serializing_if = "Option::is_none")]
    suppression: Option<Suppression>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<CheckView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<ControlView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flapping_since: Option<Timestamp>,
    observers: Vec<ObserverView>,
    totals: Totals,
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum CauseView {
    Enrolled,
    Failing {
        witnesses: Vec<WitnessView>,
    },
    Unanswered {
        #[serde(rename = "doubt")]
        reason: CheckReason,
    },
    Forced {
        reason: String,
    },
}

#[derive(Clone, Debug, Serialize)]
struct WitnessView {
    observer: Observer,
    detector: Detector,
    #[serde(flatten)]
    counts: Counts,
    score: u32,
    recent: Vec<Seen>,
}

/// One observation.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
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
struct ControlView {
    mode: ControlMode,
    reason: Reason,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    since: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Stamp>,
}

impl ControlView {
    fn new(control: &Control) -> Self {
        let Control { mode, reason, by, since, until } = control.clone();
        Self { mode, reason, by: Some(by), since, until }
    }
}

#[derive(Clone, Debug, Serialize)]
struct CheckView {
    #[serde(rename = "doubt")]
    reason: CheckReason,
    due: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ObserverView {
    observer: Observer,
    #[serde(rename = "heard")]
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

/// All that was ever counted.
#[derive(Clone, Debug, Serialize)]
struct Totals {
    codes: BTreeMap<CodeClass, u64>,
    levels: BTreeMap<LogLevel, u64>,
}

impl HealthView {
    /// The `health` of `chatbot` at `now`.
    #[must_use]
    pub fn new(chatbot: Name, health: &Health, policy: &Policy, now: Timestamp) -> Self {
        let circuit = health.circuit(now);
        let observer = |(observer, seen): (&Observer, &ObserverState)| ObserverView::new(observer, seen, policy, now);
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
            observers: health.observers().iter().map(observer).collect(),
            totals: Totals { codes: health.totals().clone(), levels: health.levels().clone() },
        }
    }

    /// The same without who decided: a token's subject may be a personal code, and is not for owners.
    #[must_use]
    pub fn without_persons(mut self) -> Self {
        if let Some(control) = &mut self.control {
            control.by = None;
        }
        self
    }
}

impl CauseView {
    fn new(cause: &Cause) -> Self {
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
            recent: recent.iter().map(Seen::new).collect(),
        }
    }
}

impl Seen {
    fn new(Observation { at, signal }: &Observation) -> Self {
        let seen = Self { at: *at, ..Self::default() };
        match *signal {
            Signal::Log(level) => Self { level: Some(level), ..seen },
            Signal::Code { result, millis } => {
                Self { status: result.ok(), error: result.err(), duration_ms: millis, ..seen }
            }
        }
    }
}

impl ObserverView {
    fn new(observer: &Observer, seen: &ObserverState, policy: &Policy, now: Timestamp) -> Self {
        let mut window = seen.window().clone();
        window.trim(policy, now);
        let bucket = |bucket: &Bucket| BucketView {
            start: Timestamp::from_second(bucket.start).unwrap_or_default(),
            counts: bucket.counts,
        };
        Self {
            observer: observer.clone(),
            last_seen: seen.report_interval().last_seen(),
            usual_seconds: seen.report_interval().usual().map(|usual| usual.as_secs()),
            silent: seen.is_silent(),
            outlier: seen.is_outlier(),
            score: seen.score(),
            counts: window.counts(policy, now),
            buckets: window.buckets().iter().map(bucket).collect(),
        }
    }
}
