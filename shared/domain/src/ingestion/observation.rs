//! What is seen of a chatbot, and by whom.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chatbots::name::{InvalidName, Name};

/// Who saw an outcome. As text `chatbot`, or `dmr:` and the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Observer {
    /// The chatbot's own log.
    Chatbot,
    /// One DMR.
    Dmr(Name),
}

impl Observer {
    /// The DMR that it is, if it is one.
    #[must_use]
    pub fn dmr(&self) -> Option<&Name> {
        match self {
            Self::Dmr(name) => Some(name),
            Self::Chatbot => None,
        }
    }
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

/// Padded to the 39 digits of the greatest, so that texts sort as numbers do.
impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:039}", self.0)
    }
}

impl From<Sequence> for u128 {
    fn from(sequence: Sequence) -> Self {
        sequence.0
    }
}

/// A status code of HTTP: 100–599.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

/// Why there is no status code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CodeError {
    /// No answer in time.
    Timeout,
    /// No connection, or one that broke.
    Connection,
}

/// The HTTP result of one request: the status code, or why there is none.
pub type CodeResult = Result<StatusCode, CodeError>;

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
    const NAMES: [(Self, &str); 7] = [
        (Self::Informational, "1xx"),
        (Self::Success, "2xx"),
        (Self::Redirection, "3xx"),
        (Self::ClientError, "4xx"),
        (Self::ServerError, "5xx"),
        (Self::Timeout, "timeout"),
        (Self::Connection, "connection"),
    ];
}

impl From<CodeResult> for CodeClass {
    fn from(result: CodeResult) -> Self {
        match result {
            Ok(StatusCode(..200)) => Self::Informational,
            Ok(StatusCode(200..300)) => Self::Success,
            Ok(StatusCode(300..400)) => Self::Redirection,
            Ok(StatusCode(400..500)) => Self::ClientError,
            Ok(StatusCode(500..)) => Self::ServerError,
            Err(CodeError::Timeout) => Self::Timeout,
            Err(CodeError::Connection) => Self::Connection,
        }
    }
}

/// Which HTTP results are meant. As text a class (`5xx`, `timeout`, `connection`) or one code (`503`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CodePattern {
    /// All of a class.
    Class(CodeClass),
    /// One code.
    Code(StatusCode),
}

/// A text that is no [`CodePattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one of 1xx, 2xx, 3xx, 4xx, 5xx, timeout, connection, or a code from 100 to 599")]
pub struct InvalidPattern;

impl CodePattern {
    /// 2xx.
    pub const SUCCESS: Self = Self::Class(CodeClass::Success);
    /// 5xx.
    pub const SERVER_ERROR: Self = Self::Class(CodeClass::ServerError);
    /// No answer in time.
    pub const TIMEOUT: Self = Self::Class(CodeClass::Timeout);
    /// No connection.
    pub const CONNECTION: Self = Self::Class(CodeClass::Connection);

    /// Whether `result` is one of them.
    #[must_use]
    pub fn matches(self, result: CodeResult) -> bool {
        match self {
            Self::Class(class) => CodeClass::from(result) == class,
            Self::Code(code) => result == Ok(code),
        }
    }
}

impl TryFrom<String> for CodePattern {
    type Error = InvalidPattern;

    fn try_from(text: String) -> Result<Self, InvalidPattern> {
        if let Some((class, _)) = CodeClass::NAMES.iter().find(|(_, name)| *name == text) {
            return Ok(Self::Class(*class));
        }
        let code: u16 = text.parse().map_err(|_| InvalidPattern)?;
        code.try_into().map(Self::Code).map_err(|_| InvalidPattern)
    }
}

impl From<CodePattern> for String {
    fn from(pattern: CodePattern) -> Self {
        match pattern {
            CodePattern::Code(code) => code.0.to_string(),
            CodePattern::Class(class) => {
                let name = CodeClass::NAMES.iter().find(|(known, _)| *known == class);
                name.map_or_else(Self::new, |(_, name)| (*name).to_owned())
            }
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
        assert_eq!(u128::from(sequence), u128::MAX);
        let smaller: Sequence = "18849496460467696128".parse().expect("a number");
        assert!(smaller < sequence && smaller.to_string() < sequence.to_string());
    }

    #[test]
    fn patterns_read_back_as_written() {
        for text in ["1xx", "5xx", "timeout", "connection", "100", "503"] {
            assert_eq!(CodePattern::try_from(text.to_owned()).map(String::from), Ok(text.to_owned()));
        }
        for bad in ["", "6xx", "5XX", "99", "600", "50", "-503"] {
            assert!(CodePattern::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
