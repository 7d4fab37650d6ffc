//! Why a chatbot is where it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    health::{circuit::Lease, detector::Detector, window::Counts},
    ingestion::{observation::Observation, observer::Observer},
};

/// Why a chatbot is not routed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// It was never seen healthy.
    Enrolled,
    /// Enough observers found it failing.
    Failing(Vec<Witness>),
    /// There was a doubt, and it did not answer our own probe.
    Unanswered(CheckReason),
    /// An administrator took it out, for this reason.
    Forced(String),
}

/// What one observer saw when a chatbot was found failing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// Who saw it.
    pub observer: Observer,
    /// Which detector was satisfied.
    pub by: Detector,
    /// What the window held.
    pub counts: Counts,
    /// The score.
    pub score: u32,
    /// The last failures, oldest first.
    pub recent: Vec<Observation>,
}

/// Why a chatbot is probed although it is routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckReason {
    /// One who used to report on it does not any more.
    Silence,
    /// One observer finds it failing, and others do not.
    Disagreement,
}

/// A probe of a chatbot that is routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Why.
    pub reason: CheckReason,
    /// When it is due.
    #[serde(with = "crate::stamp")]
    pub due: Timestamp,
    /// Who probes.
    pub lease: Option<Lease>,
}

/// Why a chatbot that fails is routed all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suppression {
    /// Too many others are out already.
    Cap,
    /// The policy only says what it would do.
    DryRun,
}
