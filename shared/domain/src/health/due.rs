//! When the prober has to evaluate an item, and how urgent that is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A lane of the index of due items. The lanes are swept and probed separately, so an item of one never waits for items
/// of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// Probes of chatbots that are not routed, checks of routed ones, expired leases and manual controls.
    Recovery,
    /// Silence of observers and DMRs, and the settling of flapping chatbots.
    Silence,
}

impl Lane {
    /// Returns the name of the lane.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recovery => "recovery",
            Self::Silence => "silence",
        }
    }
}

/// The lane and the time at which an item is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The lane.
    pub lane: Lane,
    /// The time.
    pub at: Timestamp,
}
