//! The durable state beside the records: what was finished, what was dropped, and the source's position.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::record::{seal, unseal};

/// The reason why entries were dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DropReason {
    /// The answer was lost and the idempotency key may have expired: the batch may have been counted.
    AnswerLost,
    /// The batch did not arrive within [`Limits::max_age`](crate::Limits::max_age).
    TooOld,
    /// The spool was full; the oldest batch made room.
    SpoolFull,
    /// CentOps refused the batch. It is in `rejected/`.
    Rejected,
}

impl DropReason {
    /// All reasons.
    pub const ALL: [Self; 4] = [Self::AnswerLost, Self::TooOld, Self::SpoolFull, Self::Rejected];

    /// Returns the reason as in logs and metrics, such as `answer-lost`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AnswerLost => "answer-lost",
            Self::TooOld => "too-old",
            Self::SpoolFull => "spool-full",
            Self::Rejected => "rejected",
        }
    }
}

/// Entries that were accepted or dropped since the spool was created.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Entries that CentOps accepted.
    pub accepted: u64,
    /// Entries that were dropped, by reason.
    pub dropped: BTreeMap<DropReason, u64>,
}

impl Counts {
    /// Returns the number of entries that were dropped for `reason`.
    #[must_use]
    pub fn dropped_for(&self, reason: DropReason) -> u64 {
        self.dropped.get(&reason).copied().unwrap_or_default()
    }
}

/// The state as stored: one JSON document and its checksum.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    /// Records up to this number are finished and counted. A file that remains of one is removed at the start.
    pub done: u64,
    /// The source's position after record `source_after`. Newer records have newer positions.
    pub source: Option<Value>,
    pub source_after: u64,
    pub counts: Counts,
}

impl State {
    pub(crate) fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec(self)?;
        seal(&mut bytes);
        Ok(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(unseal(bytes)?).ok()
    }
}
