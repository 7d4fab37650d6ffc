//! Counts of records without their text.

use std::collections::BTreeMap;

use centops_domain::ingestion::LogLevel;
use jiff::Timestamp;

use crate::{
    batch::{MAX_CLOCK_LEAD, Rejected, level, time},
    wire::LogsRequest,
};

const MINUTE: i64 = 60;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CountKey {
    /// The start of the minute.
    pub at: Timestamp,
    /// The level.
    pub level: LogLevel,
}

/// The counts of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of records.
    pub counts: BTreeMap<CountKey, u64>,
    /// The records that were not taken.
    pub rejected: Rejected,
}

impl Counts {
    /// Counts the records of `request`. A record without a time has the time `now`.
    #[must_use]
    pub fn from_request(request: &LogsRequest, now: Timestamp) -> Self {
        let mut counted = Self::default();
        let scopes = request.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
        for record in scopes.flat_map(|scope| &scope.log_records) {
            let Some(at) = time(record, now).and_then(start_of_minute) else {
                counted.rejected.no_time += 1;
                continue;
            };
            if at > now + MAX_CLOCK_LEAD {
                counted.rejected.in_future += 1;
                continue;
            }
            *counted.counts.entry(CountKey { at, level: level(record) }).or_default() += 1;
        }
        counted
    }
}

fn start_of_minute(at: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second(at.as_second() - at.as_second().rem_euclid(MINUTE)).ok()
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_800_000_030, 0);

    #[test]
    fn records_are_counted_by_minute_and_level() {
        let nanos = |seconds: i64| ((NOW + SignedDuration::from_secs(seconds)).as_nanosecond()).to_string();
        let records = json!([
            {"timeUnixNano": nanos(0), "severityNumber": 17}, {"timeUnixNano": nanos(20), "severityNumber": 18},
            {"timeUnixNano": nanos(-40), "severityNumber": 17}, {"severityText": "warn"},
            {"timeUnixNano": nanos(400)}, {"timeUnixNano": u64::MAX.to_string()},
        ]);
        let request = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]});
        let request = serde_json::from_value(request).expect("a request");
        let counted = Counts::from_request(&request, NOW);
        let rows: Vec<_> = counted.counts.iter().map(|(key, n)| (key.at.as_second(), key.level, *n)).collect();
        let minute = 1_800_000_000;
        let expected =
            [(minute - 60, LogLevel::Error, 1), (minute, LogLevel::Warning, 1), (minute, LogLevel::Error, 2)];
        assert_eq!(rows, expected);
        assert_eq!((counted.rejected.in_future, counted.rejected.no_time), (2, 0));
    }
}
