//! Observations of chatbots.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ingestion::{code_result::CodeResult, log_level::LogLevel};

/// The observed signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Signal {
    /// The result of a request.
    Code {
        /// The HTTP result.
        result: CodeResult,
        /// The response time in milliseconds, if measured.
        millis: Option<u32>,
    },
    /// An entry of the chatbot's log.
    Log(LogLevel),
}

/// A signal and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The time by the observer's clock.
    #[serde(with = "crate::stamp")]
    pub at: Timestamp,
    /// The signal.
    pub signal: Signal,
}
