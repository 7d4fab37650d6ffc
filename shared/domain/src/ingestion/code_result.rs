//! HTTP results.

use serde::{Deserialize, Serialize};

/// An HTTP status code: 100–599.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct StatusCode(pub(super) u16);

/// A number outside 100–599.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a status code is a number from 100 to 599")]
pub struct InvalidStatusCode;

impl TryFrom<u16> for StatusCode {
    type Error = InvalidStatusCode;

    fn try_from(code: u16) -> Result<Self, InvalidStatusCode> {
        if (100..=599).contains(&code) { Ok(Self(code)) } else { Err(InvalidStatusCode) }
    }
}

impl From<StatusCode> for u16 {
    fn from(code: StatusCode) -> Self {
        code.0
    }
}

/// The reason for a missing status code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodeError {
    /// No response in time.
    Timeout,
    /// No connection, or a broken one.
    Connection,
}

/// The HTTP result of one request: the status code, or the reason why there is none.
pub type CodeResult = Result<StatusCode, CodeError>;
