//! The health of a chatbot, as the Admin API shows it. Fields that are not needed are ignored, so newer ones do no harm.

use jiff::Timestamp;
use serde::Deserialize;

/// The health of a chatbot, as far as the sentences of its reason need it. The same fields are in a chatbot of a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// The status.
    pub status: Status,
    /// The time of the last change of the status.
    pub since: Timestamp,
    /// The state of the circuit: `closed`, `open` or `half-open`.
    pub circuit: Option<String>,
    /// The reason why it is not routed.
    pub cause: Option<Cause>,
    /// The time of the next probe.
    pub next_probe: Option<Timestamp>,
    /// The reason why a failing chatbot is still routed.
    pub held: Option<Held>,
    /// Why a routed chatbot is probed.
    pub check: Option<HealthCheck>,
    /// The manual override.
    pub control: Option<Control>,
    /// Since when its status changes again and again.
    pub flapping_since: Option<Timestamp>,
    /// The address that it is to move to.
    pub pending: Option<PendingAddress>,
}

/// The status of a chatbot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Status {
    /// It is not probed yet.
    Unknown,
    /// It is routed.
    Online,
    /// It is not routed.
    Offline,
}

/// Why a chatbot is not routed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Cause {
    /// It has not answered a probe yet.
    Enrolled,
    /// Observers saw failures.
    Failing {
        /// What they saw.
        #[serde(default)]
        witnesses: Vec<Witness>,
    },
    /// It did not answer its probes.
    Unanswered {
        /// Why it was probed.
        check_reason: Option<CheckReason>,
    },
    /// A person took it offline.
    Forced {
        /// The reason that was given.
        reason: Option<String>,
    },
    /// A kind that is newer than this program.
    #[serde(other)]
    Other,
}

/// An observer that saw failures.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Witness {
    /// `chatbot`, or `dmr:` and the name of a DMR.
    pub observer: String,
    /// The detector that decided.
    pub detector: Detector,
    /// The requests in its window.
    pub total: u64,
    /// The failed ones.
    pub failed: u64,
    /// The slow ones.
    pub slow: u64,
}

/// A detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detector {
    /// Too many failed.
    FailureRate,
    /// Too many were slow.
    SlowRate,
    /// Many failed in a row.
    Fast,
    /// A detector that is newer than this program.
    #[serde(other)]
    Other,
}

/// Why a failing chatbot is still routed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// No more chatbots are taken out automatically.
    Cap,
    /// The policy is a dry run.
    DryRun,
    /// A reason that is newer than this program.
    #[serde(other)]
    Other,
}

/// Why a chatbot is probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckReason {
    /// Its observers stopped reporting.
    Silence,
    /// Its observers disagree.
    Disagreement,
    /// It reported errors of its own.
    OwnLog,
    /// A reason that is newer than this program.
    #[serde(other)]
    Other,
}

/// A probe of a routed chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct HealthCheck {
    /// Its reason.
    pub reason: CheckReason,
    /// Its time.
    pub due: Timestamp,
}

/// A manual override.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Control {
    /// Its mode.
    pub mode: Mode,
    /// The reason that was given.
    pub reason: String,
    /// Its start.
    pub since: Timestamp,
    /// Its end, if it has one.
    pub until: Option<Timestamp>,
}

/// The mode of an override.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It stays online.
    ForceOnline,
    /// It stays offline.
    ForceOffline,
    /// It keeps its status.
    Hold,
    /// A mode that is newer than this program.
    #[serde(other)]
    Other,
}

/// The address that a chatbot is to move to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingAddress {
    /// The address.
    pub uri: String,
    /// The failed probes of it so far.
    pub failed_probes: u64,
}
