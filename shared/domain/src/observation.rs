//! What is seen of a chatbot, and by whom.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::name::{InvalidName, Name};

/// Who saw an outcome. As text `chatbot`, or `dmr:` and the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Observer {
    /// The chatbot's own log.
    Chatbot,
    /// One DMR.
    Dmr(Name),
}

/// A text that is not an [`Observer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an observer")]
pub struct InvalidObserver;

impl TryFrom<String> for Observer {
    type Error = InvalidObserver;

    fn try_from(text: String) -> Result<Self, InvalidObserver> {
        match text.strip_prefix("dmr:") {
            Some(name) => name.parse().map(Self::Dmr).map_err(|_: InvalidName| InvalidObserver),
            None if text == "chatbot" => Ok(Self::Chatbot),
            None => Err(InvalidObserver),
        }
    }
}

impl From<Observer> for String {
    fn from(observer: Observer) -> Self {
        observer.to_string()
    }
}

impl fmt::Display for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chatbot => f.write_str("chatbot"),
            Self::Dmr(name) => write!(f, "dmr:{name}"),
        }
    }
}

/// The place of a batch in its sender's queue: grows from batch to batch of one sender.
/// As text: decimal digits (SQS FIFO sequence numbers have 128 bits).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sequence(u128);

impl From<u128> for Sequence {
    fn from(number: u128) -> Self {
        Self(number)
    }
}

impl FromStr for Sequence {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl TryFrom<String> for Sequence {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Padded to the 39 digits of the greatest, so that texts sort as numbers do.
impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:039}", self.0)
    }
}

impl From<Sequence> for String {
    fn from(sequence: Sequence) -> Self {
        sequence.0.to_string()
    }
}

/// A status code of HTTP: 100–599.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct StatusCode(u16);

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

/// The class of an HTTP result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CodeClass {
    /// 100–199
    #[serde(rename = "1xx")]
    Informational,
    /// 200–299
    #[serde(rename = "2xx")]
    Success,
    /// 300–399
    #[serde(rename = "3xx")]
    Redirection,
    /// 400–499
    #[serde(rename = "4xx")]
    ClientError,
    /// 500–599
    #[serde(rename = "5xx")]
    ServerError,
    /// No answer in time.
    #[serde(rename = "timeout")]
    Timeout,
    /// No connection, or one that broke.
    #[serde(rename = "connection")]
    Connection,
}

impl CodeClass {
    /// The class of a status code.
    #[must_use]
    pub fn of(status: StatusCode) -> Self {
        match status.0 {
            ..200 => Self::Informational,
            200..300 => Self::Success,
            300..400 => Self::Redirection,
            400..500 => Self::ClientError,
            500.. => Self::ServerError,
        }
    }
}

/// How grave a log entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// For developers.
    Debug,
    /// As it should be.
    Info,
    /// Odd, and handled.
    Warning,
    /// Something failed.
    Error,
    /// Everything fails.
    Critical,
}

/// A text that is no [`LogLevel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a level")]
pub struct InvalidLogLevel;

impl FromStr for LogLevel {
    type Err = InvalidLogLevel;

    fn from_str(text: &str) -> Result<Self, InvalidLogLevel> {
        match text {
            "debug" => Ok(Self::Debug),
            "info" => Ok(Self::Info),
            "warning" => Ok(Self::Warning),
            "error" => Ok(Self::Error),
            "critical" => Ok(Self::Critical),
            _ => Err(InvalidLogLevel),
        }
    }
}

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The result of a request.
    Code(CodeClass),
    /// An entry of a chatbot's log.
    Log(LogLevel),
}

/// One outcome at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// When the observer saw it, by its own clock.
    pub at: Timestamp,
    /// What it saw.
    pub signal: Signal,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn observers_read_back_as_written() {
        for text in ["chatbot", "dmr:tallinn"] {
            assert_eq!(Observer::try_from(text.to_owned()).map(String::from), Ok(text.to_owned()));
        }
        for bad in ["", "dmr", "dmr:", "dmr:A", "chatbot:ab"] {
            assert!(Observer::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn sequences_hold_128_bits() {
        let text = u128::MAX.to_string();
        let sequence: Sequence = text.parse().expect("128 bits");
        assert_eq!(String::from(sequence), text);
        let smaller: Sequence = "18849496460467696128".parse().expect("a number");
        assert!(smaller < sequence && smaller.to_string() < sequence.to_string());
    }
}
