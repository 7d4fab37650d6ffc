//! What is seen of a chatbot, and by whom.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ingestion::{code_result::CodeResult, log_level::LogLevel};

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// A request.
    Code {
        /// What came of it.
        result: CodeResult,
        /// How long it took, in milliseconds, where that was measured.
        millis: Option<u32>,
    },
    /// An entry of a chatbot's log.
    Log(LogLevel),
}

/// One outcome at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// When the observer saw it, by its own clock.
    #[serde(with = "crate::stamp")]
    pub at: Timestamp,
    /// What it saw.
    pub signal: Signal,
}
