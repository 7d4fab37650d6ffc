//! Classes and patterns of HTTP results.

use serde::{Deserialize, Serialize};

use crate::ingestion::code_result::{CodeError, CodeResult, StatusCode};

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
    /// No response in time.
    #[serde(rename = "timeout")]
    Timeout,
    /// No connection, or a broken one.
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

/// A pattern of HTTP results. As text a class (`5xx`, `timeout`, `connection`) or one code (`503`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CodePattern {
    /// All results of a class.
    Class(CodeClass),
    /// One status code.
    Code(StatusCode),
}

/// A text that is not a [`CodePattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("one of 1xx, 2xx, 3xx, 4xx, 5xx, timeout, connection, or a code from 100 to 599")]
pub struct InvalidPattern;

impl CodePattern {
    /// 2xx.
    pub const SUCCESS: Self = Self::Class(CodeClass::Success);
    /// 5xx.
    pub const SERVER_ERROR: Self = Self::Class(CodeClass::ServerError);
    /// No response in time.
    pub const TIMEOUT: Self = Self::Class(CodeClass::Timeout);
    /// No connection.
    pub const CONNECTION: Self = Self::Class(CodeClass::Connection);

    /// Returns whether `result` matches.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_round_trip() {
        for text in ["1xx", "5xx", "timeout", "connection", "100", "503"] {
            assert_eq!(CodePattern::try_from(text.to_owned()).map(String::from), Ok(text.to_owned()));
        }
        for bad in ["", "6xx", "5XX", "99", "600", "50", "-503"] {
            assert!(CodePattern::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
