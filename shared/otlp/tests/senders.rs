//! Bytes that real senders sent: the SDKs for Python (1.45.2) and JavaScript (0.223.1). The expected entries are those that the
//! decoder of the Python SDK finds in them.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use bytes::Bytes;
use centops_domain::ingestion::LogLevel::{self, Critical, Debug, Error, Info, Warning};
use centops_otlp::{AnyValue, Batch, Encoding, LogRecord, LogsRequest, ResourceLogs, ScopeLogs, Value, decode, unpack};
use jiff::Timestamp;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// Returns the level and the message of each entry of a body.
fn entries(encoding: Encoding, body: &'static [u8]) -> Vec<(LogLevel, String)> {
    let body = unpack(Bytes::from_static(body), 4 << 20).expect("unpacked");
    of(&decode(encoding, body).expect("a request"))
}

fn of(request: &LogsRequest) -> Vec<(LogLevel, String)> {
    let batch = Batch::from_request(request, NOW);
    assert_eq!(batch.rejected.count(), 0);
    let levels: Vec<_> = batch.entries.iter().map(|entry| entry.level).collect();
    let reports = batch.into_parts(256 << 10, str::to_owned).reports;
    let messages = reports.into_iter().flat_map(|report| report.logs).map(|entry| entry.message);
    levels.into_iter().zip(messages).collect()
}

#[test]
fn python_sdk() {
    let expected = [
        (Debug, "loading model"),
        (Info, "bot ready in 512 ms"),
        (Warning, "slow answer: õäöü"),
        (Critical, "out of memory"),
        (Error, "service failed\nZeroDivisionError: division by zero"),
        (Error, r#"{"step":"rasa","status":502,"ok":false,"parts":[1,2.5,null]}"#),
    ]
    .map(|(level, text)| (level, text.to_owned()));
    assert_eq!(entries(Encoding::Protobuf, include_bytes!("corpus/python-sdk.pb")), expected);
    assert_eq!(entries(Encoding::Protobuf, include_bytes!("corpus/python-sdk.pb.gz")), expected);
}

#[test]
fn javascript_sdk_in_both_encodings() {
    let expected = [
        (Debug, "loading model"),
        (Info, "bot ready õäöü"),
        (
            Error,
            "{\"step\":\"rasa\",\"status\":502,\"parts\":[1,2.5,\"x\"]}\n\
             TypeError: Cannot read properties of undefined (reading 'text')",
        ),
        (Warning, "no number"),
        (Critical, "out of memory"),
    ]
    .map(|(level, text)| (level, text.to_owned()));
    assert_eq!(entries(Encoding::Json, include_bytes!("corpus/javascript-sdk.json")), expected);
    assert_eq!(entries(Encoding::Protobuf, include_bytes!("corpus/javascript-sdk.pb")), expected);
}

#[test]
fn level_is_that_of_the_number_or_else_of_the_text() {
    let of_number = |number| match number {
        1..=8 => Debug,
        13..=16 => Warning,
        17..=20 => Error,
        21..=24 => Critical,
        _ => Info,
    };
    for number in -1..=25 {
        assert_eq!(level(number, ""), of_number(number), "{number}");
        let by_number = if (1..=24).contains(&number) { of_number(number) } else { Error };
        assert_eq!(level(number, "ERROR"), by_number, "{number}");
    }
    for (text, expected) in [
        ("TRACE", Debug),
        ("debug2", Debug),
        ("Information", Info),
        ("warn", Warning),
        ("WARNING", Warning),
        ("Error", Error),
        ("SEVERE", Error),
        ("fatal4", Critical),
        ("CRITICAL", Critical),
        ("", Info),
        ("unheard-of", Info),
    ] {
        assert_eq!(level(0, text), expected, "{text}");
    }
}

fn level(number: i32, text: &str) -> LogLevel {
    let record = LogRecord {
        severity_number: number,
        severity_text: text.to_owned(),
        body: Some(AnyValue { value: Some(Value::Text("text".to_owned())) }),
        ..LogRecord::default()
    };
    let scope_logs = vec![ScopeLogs { log_records: vec![record] }];
    of(&LogsRequest { resource_logs: vec![ResourceLogs { resource: None, scope_logs }] })[0].0
}

#[test]
fn time_is_that_of_the_event_or_else_of_its_observation_or_else_now() {
    let at = |time_unix_nano, observed_time_unix_nano| {
        let record = LogRecord { time_unix_nano, observed_time_unix_nano, ..LogRecord::default() };
        let scope_logs = vec![ScopeLogs { log_records: vec![record] }];
        let request = LogsRequest { resource_logs: vec![ResourceLogs { resource: None, scope_logs }] };
        Batch::from_request(&request, NOW).entries[0].at
    };
    let second = |second: i64| Timestamp::from_second(second).expect("a time");
    assert_eq!(at(1_700_000_000_000_000_000, 1_700_000_009_000_000_000), second(1_700_000_000));
    assert_eq!(at(0, 1_700_000_009_000_000_000), second(1_700_000_009));
    assert_eq!(at(0, 0), NOW);
}
