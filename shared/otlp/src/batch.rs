//! From records to entries, and from entries to queue messages.

use centops_domain::ingestion::{LogEntry, LogLevel, MAX_ENTRIES, MaskedEntry, MaskedReport, Message};
use jiff::{SignedDuration, Timestamp};

use crate::{
    message::message,
    wire::{LogRecord, LogsRequest},
};

/// How far a clock may be ahead, as for `POST /logs`.
pub(crate) const MAX_CLOCK_LEAD: SignedDuration = SignedDuration::from_mins(5);

/// Bytes of a report without entries: `{"logs":[]}`.
const EMPTY_REPORT_BYTES: usize = 11;

/// Numbers of records that were not taken, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rejected {
    /// The time is more than five minutes ahead.
    pub in_future: usize,
    /// The time is outside the calendar.
    pub no_time: usize,
    /// The masked entry alone exceeds a queue message.
    pub too_large: usize,
}

impl Rejected {
    /// Returns the number of rejected records.
    #[must_use]
    pub fn count(&self) -> usize {
        self.in_future + self.no_time + self.too_large
    }

    /// Returns the reasons for the sender; none if nothing was rejected.
    #[must_use]
    pub fn reasons(&self) -> Option<String> {
        let reasons = [
            (self.in_future, "with a time more than 5 minutes in the future"),
            (self.no_time, "with an invalid time"),
            (self.too_large, "too large once masked"),
        ];
        let given = reasons.iter().filter(|(count, _)| *count > 0);
        let texts: Vec<_> = given.map(|(count, reason)| format!("{count} {reason}")).collect();
        if texts.is_empty() { None } else { Some(texts.join(", ")) }
    }
}

/// The entries of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The entries, in the order of the request.
    pub entries: Vec<LogEntry>,
    /// The records that were not taken.
    pub rejected: Rejected,
}

/// A batch as queued.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The reports, each for one queue message.
    pub reports: Vec<MaskedReport>,
    /// The records that were not taken.
    pub rejected: Rejected,
}

impl Batch {
    /// Maps the records of `request`. A record without a time has the time `now`.
    #[must_use]
    pub fn from_request(request: &LogsRequest, now: Timestamp) -> Self {
        let scopes = request.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
        let mut batch = Self::default();
        for record in scopes.flat_map(|scope| &scope.log_records) {
            let Some(at) = time(record, now) else {
                batch.rejected.no_time += 1;
                continue;
            };
            if at > now + MAX_CLOCK_LEAD {
                batch.rejected.in_future += 1;
                continue;
            }
            match Message::try_from(message(record)) {
                Ok(message) => batch.entries.push(LogEntry { at, level: level(record), message }),
                Err(_) => batch.rejected.too_large += 1,
            }
        }
        batch
    }

    /// Masks the entries and splits them into reports of at most `max_bytes` of JSON and [`MAX_ENTRIES`] entries. An
    /// entry that alone exceeds `max_bytes` is rejected.
    ///
    /// The parts of equal bodies are equal only for records that have a time, because others have that of the call.
    #[must_use]
    pub fn into_parts(self, max_bytes: usize, mask: impl Fn(&str) -> String) -> Parts {
        let mut parts = Parts { reports: Vec::new(), rejected: self.rejected };
        let mut size = 0;
        for entry in self.entries {
            let entry = entry.masked(&mask);
            let length = json_length(&entry);
            if EMPTY_REPORT_BYTES + length > max_bytes {
                parts.rejected.too_large += 1;
                continue;
            }
            match parts.reports.last_mut() {
                Some(MaskedReport { logs, .. }) if size + 1 + length <= max_bytes && logs.len() < MAX_ENTRIES => {
                    logs.push(entry);
                    size += 1 + length;
                }
                _ => {
                    parts.reports.push(MaskedReport { logs: vec![entry], ..MaskedReport::default() });
                    size = EMPTY_REPORT_BYTES + length;
                }
            }
        }
        parts
    }
}

/// Returns the bytes of `entry` in JSON. One that has no JSON form counts as too large.
fn json_length(entry: &MaskedEntry) -> usize {
    serde_json::to_vec(entry).map_or(usize::MAX / 2, |json| json.len())
}

/// Returns the time of the event, else of its observation, else `now`; none outside the calendar.
pub(crate) fn time(record: &LogRecord, now: Timestamp) -> Option<Timestamp> {
    let known = [record.time_unix_nano, record.observed_time_unix_nano].into_iter().find(|nanos| *nanos > 0);
    known.map_or(Some(now), |nanos| Timestamp::from_nanosecond(nanos.into()).ok())
}

/// Returns the level by number, else by text, else [`LogLevel::Info`], so that the unknown never counts as a failure.
pub(crate) fn level(record: &LogRecord) -> LogLevel {
    match record.severity_number {
        1..=8 => LogLevel::Debug,
        9..=12 => LogLevel::Info,
        13..=16 => LogLevel::Warning,
        17..=20 => LogLevel::Error,
        21..=24 => LogLevel::Critical,
        _ => level_of_text(&record.severity_text),
    }
}

fn level_of_text(text: &str) -> LogLevel {
    match text.trim().to_ascii_lowercase().trim_end_matches(|c: char| c.is_ascii_digit()) {
        "trace" | "debug" | "fine" | "finer" | "finest" | "verbose" => LogLevel::Debug,
        "warn" | "warning" => LogLevel::Warning,
        "error" | "err" | "severe" => LogLevel::Error,
        "fatal" | "critical" | "crit" | "alert" | "emergency" | "emerg" | "panic" => LogLevel::Critical,
        _ => LogLevel::Info,
    }
}
