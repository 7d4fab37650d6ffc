//! Causes: why a chatbot is not routed, probed while routed, or routed while failing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    health::{circuit::Lease, detector::Detector, window::Counts},
    ingestion::{observation::Observation, observer::Observer},
};

/// The cause for which a chatbot is not routed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// It is enrolled, and no probe has succeeded yet.
    Enrolled,
    /// Enough observers found it failing.
    Failing(Vec<Witness>),
    /// It failed a probe that was due for this reason.
    Unanswered(CheckReason),
    /// An administrator forced it offline for this reason.
    Forced(String),
}

/// The evidence of one observer at the time of the finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// The observer.
    pub observer: Observer,
    /// The detector that triggered.
    pub by: Detector,
    /// The counts of its window.
    pub counts: Counts,
    /// Its score.
    pub score: u32,
    /// Its last failures, oldest first.
    pub recent: Vec<Observation>,
}

/// The reason to probe a routed chatbot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckReason {
    /// An observer stopped reporting on it.
    Silence,
    /// One observer finds it failing, and the others do not.
    Disagreement,
    /// Its own log alone finds it failing.
    OwnLog,
}

/// A pending probe of a routed chatbot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The reason.
    pub reason: CheckReason,
    /// The time at which it is due.
    #[serde(with = "crate::stamp")]
    pub due: Timestamp,
    /// The lease of the prober.
    pub lease: Option<Lease>,
}

/// The reason why a failing chatbot stays routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suppression {
    /// The cap: too many others are ejected.
    Cap,
    /// The policy is a dry run.
    DryRun,
}
