//! Families of causes: an outage of the same family soon after another is the same incident.

use serde::{Deserialize, Serialize};

use crate::{
    health::{
        cause::{Cause, CheckReason, Witness},
        detector::Detector,
    },
    ingestion::observation::Signal,
};

/// The family of a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// It answers with errors.
    Errors,
    /// It does not answer: timeouts, connections that break, failed probes.
    Unreachable,
    /// It answers too late.
    Slow,
    /// Its own log reports errors.
    Log,
}

impl Family {
    /// Returns the family of `cause`. None if nothing failed: it is not online yet, or somebody took it out.
    #[must_use]
    pub fn of(cause: &Cause) -> Option<Self> {
        match cause {
            Cause::Enrolled | Cause::Forced(_) => None,
            Cause::Unanswered(CheckReason::OwnLog) => Some(Self::Log),
            Cause::Unanswered(_) => Some(Self::Unreachable),
            Cause::Failing(witnesses) => Some(Self::of_witnesses(witnesses)),
        }
    }

    fn of_witnesses(witnesses: &[Witness]) -> Self {
        if witnesses.iter().all(|witness| witness.by == Detector::SlowRate) {
            return Self::Slow;
        }
        let (mut errors, mut unreachable, mut logs) = (0_u32, 0_u32, 0_u32);
        for observation in witnesses.iter().flat_map(|witness| &witness.recent) {
            match observation.signal {
                Signal::Code { result: Ok(_), .. } => errors += 1,
                Signal::Code { result: Err(_), .. } => unreachable += 1,
                Signal::Log(_) => logs += 1,
            }
        }
        if unreachable > errors && unreachable >= logs {
            Self::Unreachable
        } else if logs > errors {
            Self::Log
        } else {
            Self::Errors
        }
    }
}
