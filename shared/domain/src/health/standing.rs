//! The standing of a chatbot: why it has its status, as lists of chatbots show it.
//!
//! It is stored with the chatbot and written with it, so that a list needs no health of any chatbot. It has what changes
//! with a decision only, not what each report and each probe changes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    health::{
        cause::{Cause, CheckReason, Suppression, Witness},
        control::{Control, ControlMode},
        replay::TripWitness,
        state::Health,
    },
    stamp::Stamp,
    text::Reason,
};

/// Why a chatbot has its status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Why it is not routed; none while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<CauseSummary>,
    /// Why it is routed although it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Suppression>,
    /// The manual override, without its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<ControlSummary>,
    /// Since when its status changes again and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flapping_since: Option<Stamp>,
}

/// A cause without the observations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum CauseSummary {
    /// No probe has succeeded yet.
    Enrolled,
    /// Enough observers found it failing.
    Failing {
        /// The observers, with what they counted.
        witnesses: Vec<TripWitness>,
    },
    /// It failed a probe.
    Unanswered {
        /// Why it was probed.
        #[serde(rename = "checkReason")]
        reason: CheckReason,
    },
    /// A person forced it offline.
    Forced {
        /// Why.
        reason: String,
    },
}

/// A manual override without its author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlSummary {
    /// The mode.
    pub mode: ControlMode,
    /// The reason.
    pub reason: Reason,
    /// Since when.
    #[serde(with = "crate::stamp")]
    pub since: Timestamp,
    /// When it ends automatically.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Stamp>,
}

impl Standing {
    /// Returns the standing of a chatbot with this health.
    #[must_use]
    pub fn of(health: &Health) -> Self {
        Self {
            cause: health.cause().map(CauseSummary::from),
            held: health.suppression(),
            control: health.control().map(ControlSummary::from),
            flapping_since: health.flapping_since().map(Stamp),
        }
    }
}

impl From<&Cause> for CauseSummary {
    fn from(cause: &Cause) -> Self {
        match cause {
            Cause::Enrolled => Self::Enrolled,
            Cause::Failing(witnesses) => Self::Failing { witnesses: witnesses.iter().map(summary).collect() },
            Cause::Unanswered(reason) => Self::Unanswered { reason: *reason },
            Cause::Forced(reason) => Self::Forced { reason: reason.clone() },
        }
    }
}

fn summary(witness: &Witness) -> TripWitness {
    TripWitness { observer: witness.observer.clone(), detector: witness.by, counts: witness.counts }
}

impl From<&Control> for ControlSummary {
    fn from(control: &Control) -> Self {
        let Control { mode, reason, since, until, .. } = control;
        Self { mode: *mode, reason: reason.clone(), since: *since, until: *until }
    }
}
