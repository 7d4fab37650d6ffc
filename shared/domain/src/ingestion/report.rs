//! Reports: HTTP codes from DMRs, log entries from chatbots.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::name::Name,
    ingestion::{
        code_result::{CodeError, CodeResult, StatusCode},
        log_level::LogLevel,
        observation::{Observation, Signal},
    },
    json::non_null,
};

/// The most entries of one report.
pub const MAX_ENTRIES: usize = 1000;
/// The most characters of one log message.
pub const MAX_MESSAGE_LENGTH: usize = 8192;

/// The result of one request from a DMR to a chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CodeFields", into = "CodeFields")]
pub struct Code {
    /// The chatbot.
    pub chatbot: Name,
    /// The time of the result.
    pub at: Timestamp,
    /// The status code, or the reason why there is none.
    pub result: CodeResult,
    /// The response time in milliseconds, if measured.
    pub duration: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeFields {
    chatbot: Name,
    #[serde(deserialize_with = "crate::rfc3339::deserialize")]
    at: Timestamp,
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    status: Option<StatusCode>,
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    error: Option<CodeError>,
    #[serde(default, deserialize_with = "non_null", rename = "durationMs", skip_serializing_if = "Option::is_none")]
    duration: Option<u32>,
}

/// A code with neither or both of `status` and `error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code has either a `status` or an `error`")]
pub struct InvalidCode;

impl TryFrom<CodeFields> for Code {
    type Error = InvalidCode;

    fn try_from(fields: CodeFields) -> Result<Self, InvalidCode> {
        let result = match (fields.status, fields.error) {
            (Some(status), None) => Ok(status),
            (None, Some(error)) => Err(error),
            _ => return Err(InvalidCode),
        };
        Ok(Self { chatbot: fields.chatbot, at: fields.at, result, duration: fields.duration })
    }
}

impl From<Code> for CodeFields {
    fn from(code: Code) -> Self {
        let Code { chatbot, at, result, duration } = code;
        Self { chatbot, at, status: result.ok(), error: result.err(), duration }
    }
}

impl Code {
    /// Returns the observation of the result.
    #[must_use]
    pub fn observation(&self) -> Observation {
        Observation { at: self.at, signal: Signal::Code { result: self.result, millis: self.duration } }
    }
}

/// A log entry as a chatbot sends it. It has no `Serialize`, so that it can only leave masked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// The time, by the chatbot's clock.
    #[serde(deserialize_with = "crate::rfc3339::deserialize")]
    pub at: Timestamp,
    /// The level.
    pub level: LogLevel,
    /// The text, which may contain personal data.
    pub message: Message,
}

/// A log entry without personal data, as queued, stored and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskedEntry {
    /// The time, by the chatbot's clock.
    pub at: Timestamp,
    /// The level.
    pub level: LogLevel,
    /// The masked text. It may exceed [`MAX_MESSAGE_LENGTH`], because markers can lengthen it.
    pub message: String,
}

impl MaskedEntry {
    /// Returns the observation of the entry.
    #[must_use]
    pub fn observation(&self) -> Observation {
        Observation { at: self.at, signal: Signal::Log(self.level) }
    }
}

/// The text of a log entry: at most [`MAX_MESSAGE_LENGTH`] characters. `Debug` does not print it, because it may
/// contain personal data.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Message(String);

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Message(..)")
    }
}

/// A message longer than [`MAX_MESSAGE_LENGTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message has at most {MAX_MESSAGE_LENGTH} characters")]
pub struct MessageTooLong;

impl TryFrom<String> for Message {
    type Error = MessageTooLong;

    fn try_from(text: String) -> Result<Self, MessageTooLong> {
        if text.chars().count() > MAX_MESSAGE_LENGTH { Err(MessageTooLong) } else { Ok(Self(text)) }
    }
}

/// The entries of a report: `LEAST`, which is 1 unless stated, to [`MAX_ENTRIES`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<T>", into = "Vec<T>", bound(serialize = "T: Clone + Serialize"))]
pub struct Entries<T, const LEAST: usize = 1>(Vec<T>);

/// Too few entries, or more than [`MAX_ENTRIES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a report has {least} to {MAX_ENTRIES} entries")]
pub struct InvalidCount {
    least: usize,
}

impl<T, const LEAST: usize> TryFrom<Vec<T>> for Entries<T, LEAST> {
    type Error = InvalidCount;

    fn try_from(entries: Vec<T>) -> Result<Self, InvalidCount> {
        let is_valid = (LEAST..=MAX_ENTRIES).contains(&entries.len());
        if is_valid { Ok(Self(entries)) } else { Err(InvalidCount { least: LEAST }) }
    }
}

impl<T, const LEAST: usize> From<Entries<T, LEAST>> for Vec<T> {
    fn from(entries: Entries<T, LEAST>) -> Self {
        entries.0
    }
}

impl<T, const LEAST: usize> std::ops::Deref for Entries<T, LEAST> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

/// A report of a DMR.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeReport {
    /// The DMR's own name, optional. It is checked against the sender and not passed on.
    #[serde(default, deserialize_with = "non_null", skip_serializing)]
    pub dmr: Option<Name>,
    /// The results. None in a heartbeat: a report of a DMR that has no traffic.
    pub codes: Entries<Code, 0>,
    /// The revision of the route table that the DMR routes by.
    #[serde(default, deserialize_with = "non_null", rename = "tableRevision", skip_serializing_if = "Option::is_none")]
    pub table_revision: Option<u64>,
    /// The version of the DMR's software.
    #[serde(default, deserialize_with = "non_null", rename = "clientVersion", skip_serializing_if = "Option::is_none")]
    pub client_version: Option<ClientVersion>,
}

/// The version of a client: 1 to 64 letters, digits, `.`, `_`, `+` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClientVersion(String);

/// A text that is not a [`ClientVersion`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version has 1 to 64 letters, digits, `.`, `_`, `+` and `-`")]
pub struct InvalidClientVersion;

impl TryFrom<String> for ClientVersion {
    type Error = InvalidClientVersion;

    fn try_from(text: String) -> Result<Self, InvalidClientVersion> {
        let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(is_valid);
        if fits { Ok(Self(text)) } else { Err(InvalidClientVersion) }
    }
}

impl From<ClientVersion> for String {
    fn from(version: ClientVersion) -> Self {
        version.0
    }
}

/// A report of a chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogReport {
    /// The chatbot's own name, optional. It is checked against the sender and not passed on.
    #[serde(default, deserialize_with = "non_null")]
    pub chatbot: Option<Name>,
    /// The log entries.
    pub logs: Entries<LogEntry>,
}

impl LogReport {
    /// Returns the report with each text replaced by `mask(text)`.
    #[must_use]
    pub fn masked(&self, mask: impl Fn(&str) -> String) -> MaskedReport {
        let entries = self.logs.iter();
        let logs = entries.map(|LogEntry { at, level, message }| MaskedEntry {
            at: *at,
            level: *level,
            message: mask(&message.0),
        });
        MaskedReport { logs: logs.collect() }
    }
}

/// A [`LogReport`] without personal data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskedReport {
    /// The log entries.
    pub logs: Vec<MaskedEntry>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_has_either_a_status_or_an_error() {
        let parse = |text: &str| serde_json::from_str::<Code>(text).map(|code| code.observation().signal);
        let with = |rest: &str| format!(r#"{{"chatbot":"ab","at":"2026-01-01T00:00:00Z"{rest}}}"#);
        let signal = |rest: &str| parse(&with(rest)).expect(rest);
        let status = Ok(StatusCode::try_from(599).expect("a status code"));
        assert_eq!(signal(r#","status":599"#), Signal::Code { result: status, millis: None });
        let timeout = Signal::Code { result: Err(CodeError::Timeout), millis: Some(5000) };
        assert_eq!(signal(r#","error":"timeout","durationMs":5000"#), timeout);
        for bad in ["", r#","status":99"#, r#","status":600"#, r#","status":200,"error":"timeout""#, r#","code":200"#] {
            assert!(parse(&with(bad)).is_err(), "{bad}");
        }
        let null = r#","status":200,"error":null"#;
        assert!(parse(&with(null)).is_err(), "the contract has no null, and the gateway lets none through");
    }

    #[test]
    fn codes_round_trip_as_json() {
        for text in [
            r#"{"chatbot":"ab","at":"2026-01-01T00:00:00.25Z","status":204,"durationMs":17}"#,
            r#"{"chatbot":"ab","at":"2026-01-01T00:00:00Z","error":"connection"}"#,
        ] {
            let code: Code = serde_json::from_str(text).expect("a good code");
            assert_eq!(serde_json::to_string(&code).expect("json"), text);
        }
    }

    #[test]
    fn entries_and_messages_are_bounded() {
        assert!(Entries::<u8>::try_from(vec![]).is_err());
        assert!(Entries::<_>::try_from(vec![0; MAX_ENTRIES]).is_ok());
        assert!(Entries::<_>::try_from(vec![0; MAX_ENTRIES + 1]).is_err());
        assert!(Message::try_from("õ".repeat(MAX_MESSAGE_LENGTH)).is_ok());
        assert!(Message::try_from("õ".repeat(MAX_MESSAGE_LENGTH + 1)).is_err());
    }

    #[test]
    fn report_of_codes_may_be_a_heartbeat() {
        for text in [r#"{"codes":[]}"#, r#"{"codes":[],"tableRevision":7,"clientVersion":"1.2.0-rc.1+5"}"#] {
            let report: CodeReport = serde_json::from_str(text).expect("a report");
            assert_eq!(serde_json::to_string(&report).expect("json"), text);
        }
        for bad in [
            "{}",
            r#"{"codes":[],"tableRevision":-1}"#,
            r#"{"codes":[],"tableRevision":null}"#,
            r#"{"codes":[],"clientVersion":""}"#,
            r#"{"codes":[],"clientVersion":"a b"}"#,
        ] {
            assert!(serde_json::from_str::<CodeReport>(bad).is_err(), "{bad}");
        }
        assert!(serde_json::from_str::<LogReport>(r#"{"logs":[]}"#).is_err());
    }

    #[test]
    fn name_of_the_sender_is_read_and_not_passed_on() {
        let text = r#"{"dmr":"tallinn","codes":[{"chatbot":"ab","at":"2026-01-01T00:00:00Z","status":200}]}"#;
        let report: CodeReport = serde_json::from_str(text).expect("a report");
        assert_eq!(report.dmr.as_ref().map(Name::as_str), Some("tallinn"));
        assert_eq!(serde_json::to_string(&report).expect("json"), text.replace(r#""dmr":"tallinn","#, ""));
    }

    #[test]
    fn text_is_passed_on_masked_and_hidden_from_debug_output() {
        let report: LogReport =
            serde_json::from_str(r#"{"logs":[{"at":"2026-01-01T00:00:00Z","level":"info","message":"Mari"}]}"#)
                .expect("a report");
        assert!(!format!("{report:?}").contains("Mari"));
        let masked = report.masked(|text| text.replace("Mari", "[name]"));
        let json = r#"{"logs":[{"at":"2026-01-01T00:00:00Z","level":"info","message":"[name]"}]}"#;
        assert_eq!(serde_json::to_string(&masked).expect("json"), json);
    }
}
