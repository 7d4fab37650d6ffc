//! The outcome of one message, in the form of the contract.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The reason why a chatbot did not respond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Failure {
    /// No response in time.
    Timeout,
    /// No connection, or the connection ended before the complete response.
    Connection,
}

/// The outcome of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Outcome {
    /// The chatbot responded.
    Responded {
        /// The HTTP status, 100 to 599.
        status: u16,
        /// The time until the complete response, in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duration_ms: Option<u32>,
    },
    /// The chatbot did not respond.
    Failed {
        /// The reason.
        error: Failure,
    },
}

impl Outcome {
    /// Returns whether CentOps counts the outcome as a failure: no response, or a status from 500 on.
    #[must_use]
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed { .. } | Self::Responded { status: 500.., .. })
    }
}

/// One entry of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// The name of the chatbot.
    pub chatbot: String,
    /// The time of the outcome.
    pub at: Timestamp,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The body of `POST /codes`. Without codes it is a heartbeat.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Body<'a> {
    pub codes: &'a [Code],
    /// The revision of the route table that the DMR routes by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_revision: Option<u64>,
    /// The version of the DMR's software.
    pub client_version: &'a str,
}
