//! Reports: HTTP codes from DMRs, log entries from chatbots.

use std::{fmt, num::NonZeroU16};

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
/// The most entries that the counts of one report stand for.
pub const MAX_COUNTED: usize = 10_000;
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

impl LogEntry {
    /// Returns the entry with its text replaced by `mask(text)`.
    #[must_use]
    pub fn masked(&self, mask: impl Fn(&str) -> String) -> MaskedEntry {
        MaskedEntry { at: self.at, level: self.level, message: mask(&self.message.0) }
    }
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

/// Entries of a chatbot's log without their text: how many it wrote at about one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogCount {
    /// The time, by the chatbot's clock. All of the entries count as written then.
    #[serde(deserialize_with = "crate::rfc3339::deserialize")]
    pub at: Timestamp,
    /// The level.
    pub level: LogLevel,
    /// The number of entries.
    pub count: NonZeroU16,
}

impl LogCount {
    /// Returns the observations of the entries.
    pub fn observations(self) -> impl Iterator<Item = Observation> {
        std::iter::repeat_n(Observation { at: self.at, signal: Signal::Log(self.level) }, self.count.get().into())
    }
}

/// The counts of a report: at most [`MAX_ENTRIES`], and at most [`MAX_COUNTED`] entries together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Entries<LogCount>", into = "Vec<LogCount>")]
pub struct LogCounts(Vec<LogCount>);

/// More than [`MAX_COUNTED`] entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the counts of a report add up to at most {MAX_COUNTED}")]
pub struct TooManyCounted;

impl TryFrom<Entries<LogCount>> for LogCounts {
    type Error = TooManyCounted;

    fn try_from(counts: Entries<LogCount>) -> Result<Self, TooManyCounted> {
        let counts = Self(counts.0);
        if counts.total() > MAX_COUNTED { Err(TooManyCounted) } else { Ok(counts) }
    }
}

impl From<LogCounts> for Vec<LogCount> {
    fn from(counts: LogCounts) -> Self {
        counts.0
    }
}

impl std::ops::Deref for LogCounts {
    type Target = [LogCount];

    fn deref(&self) -> &[LogCount] {
        &self.0
    }
}

impl LogCounts {
    /// Returns the number of entries that are counted.
    #[must_use]
    pub fn total(&self) -> usize {
        self.0.iter().map(|count| usize::from(count.count.get())).sum()
    }
}

/// A report of a chatbot: entries, counts of further entries, or both.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "LogFields")]
pub struct LogReport {
    /// The chatbot's own name, optional. It is checked against the sender and not passed on.
    pub chatbot: Option<Name>,
    /// The log entries; none if the report only counts.
    pub logs: Vec<LogEntry>,
    /// Counts of further entries, whose text is not reported.
    pub counts: LogCounts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogFields {
    #[serde(default, deserialize_with = "non_null")]
    chatbot: Option<Name>,
    #[serde(default, deserialize_with = "non_null")]
    logs: Option<Entries<LogEntry>>,
    #[serde(default, deserialize_with = "non_null")]
    counts: Option<LogCounts>,
}

/// A report of a chatbot with neither `logs` nor `counts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a report has `logs`, `counts` or both")]
pub struct EmptyReport;

impl TryFrom<LogFields> for LogReport {
    type Error = EmptyReport;

    fn try_from(LogFields { chatbot, logs, counts }: LogFields) -> Result<Self, EmptyReport> {
        if logs.is_none() && counts.is_none() {
            return Err(EmptyReport);
        }
        Ok(Self { chatbot, logs: logs.map(Vec::from).unwrap_or_default(), counts: counts.unwrap_or_default() })
    }
}

impl LogReport {
    /// Returns the report with each text replaced by `mask(text)`.
    #[must_use]
    pub fn masked(&self, mask: impl Fn(&str) -> String) -> MaskedReport {
        let logs = self.logs.iter().map(|entry| entry.masked(&mask)).collect();
        MaskedReport { logs, counts: self.counts.clone() }
    }
}

/// A [`LogReport`] without personal data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaskedReport {
    /// The log entries.
    pub logs: Vec<MaskedEntry>,
    /// Counts of further entries.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub counts: LogCounts,
}

impl MaskedReport {
    /// Returns the number of entries, with text and without.
    #[must_use]
    pub fn total(&self) -> usize {
        self.logs.len() + self.counts.total()
    }

    /// Returns the observations of all entries.
    pub fn observations(&self) -> impl Iterator<Item = Observation> {
        let counted = self.counts.iter().flat_map(|count| count.observations());
        self.logs.iter().map(MaskedEntry::observation).chain(counted)
    }
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
    }

    #[test]
    fn report_of_logs_has_entries_or_counts_within_limits() {
        let count = |count: u32| format!(r#"{{"at":"2026-01-01T00:00:00Z","level":"error","count":{count}}}"#);
        let parse = |text: &str| serde_json::from_str::<LogReport>(text).map(|report| report.masked(str::to_owned));
        let masked = parse(&format!(r#"{{"counts":[{},{}]}}"#, count(3), count(2))).expect("counts alone");
        assert_eq!((masked.total(), masked.observations().count()), (5, 5));
        assert!(masked.observations().all(|observation| observation.signal == Signal::Log(LogLevel::Error)));
        let queued = serde_json::to_string(&masked).expect("json");
        assert_eq!(serde_json::from_str::<MaskedReport>(&queued).expect("the report"), masked);
        assert!(parse(&format!(r#"{{"counts":[{}]}}"#, count(10_000))).is_ok());
        for counts in [count(0), count(10_001), format!("{},{}", count(10_000), count(1)), String::new()] {
            assert!(parse(&format!(r#"{{"counts":[{counts}]}}"#)).is_err(), "{counts}");
        }
        for bad in ["{}", r#"{"logs":[]}"#, r#"{"logs":null}"#, r#"{"counts":null}"#] {
            assert!(parse(bad).is_err(), "{bad}");
        }
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
