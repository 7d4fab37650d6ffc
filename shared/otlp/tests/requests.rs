//! Requests in both encodings, as the senders' documentation shows them, and those that are refused.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use std::io::Write;

use bytes::Bytes;
use centops_domain::ingestion::{LogLevel, MAX_MESSAGE_LENGTH};
use centops_otlp::{
    AnyValue, Batch, Encoding, KeyValue, LogRecord, LogsRequest, ResourceLogs, ScopeLogs, Value, decode, unpack,
};
use flate2::{Compression, write::GzEncoder};
use jiff::Timestamp;
use proptest::prelude::*;
use prost::Message;

const CAP: usize = 4 << 20;
const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn json(text: &str) -> LogsRequest {
    decode(Encoding::Json, Bytes::copy_from_slice(text.as_bytes())).expect("a request")
}

fn messages(request: &LogsRequest) -> Vec<String> {
    let parts = Batch::from_request(request, NOW).into_parts(256 << 10, str::to_owned);
    parts.reports.into_iter().flat_map(|report| report.logs).map(|entry| entry.message).collect()
}

fn request(records: Vec<LogRecord>) -> LogsRequest {
    let scope_logs = vec![ScopeLogs { log_records: records }];
    LogsRequest { resource_logs: vec![ResourceLogs { resource: None, scope_logs }] }
}

fn record(body: &str) -> LogRecord {
    LogRecord { body: Some(AnyValue { value: Some(Value::Text(body.to_owned())) }), ..LogRecord::default() }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).map(|digit| digit.to_ascii_uppercase()).collect()
}

fn packed(bytes: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory").into()
}

#[test]
fn example_of_the_specification_becomes_an_entry() {
    let request = json(include_str!("corpus/specification.json"));
    let batch = Batch::from_request(&request, NOW);
    assert_eq!(messages(&request), ["Example log record"]);
    assert_eq!(batch.entries[0].level, LogLevel::Info);
    assert_eq!(batch.entries[0].at.as_millisecond(), 1_544_712_660_300);
    assert_eq!(request.resource_logs[0].scope_logs[0].log_records[0].span_id.len(), 8);
}

#[test]
fn null_and_empty_values_and_unknown_fields_are_accepted() {
    let request = json(include_str!("corpus/lenient.json"));
    assert_eq!(messages(&request), ["", "", r#"{"a":1,"b":[null,true]}"#, "failed\nE: broken"]);
    assert_eq!(json("{}"), LogsRequest::default());
}

#[test]
fn time_in_the_future_is_rejected_without_failing_the_batch() {
    let ahead = u64::try_from(NOW.as_nanosecond()).expect("after 1970") + 301_000_000_000;
    let late = LogRecord { time_unix_nano: ahead, ..record("late") };
    let batch = Batch::from_request(&request(vec![late, record("good")]), NOW);
    assert_eq!((batch.entries.len(), batch.rejected.in_future), (1, 1));
}

#[test]
fn long_message_is_truncated_at_a_character() {
    let request = request(vec![record(&"õ".repeat(MAX_MESSAGE_LENGTH + 1))]);
    assert_eq!(messages(&request), ["õ".repeat(MAX_MESSAGE_LENGTH)]);
}

#[test]
fn parts_fit_and_lose_no_entry() {
    let records = (0..2500).map(|i| record(&"x".repeat(i % 300))).collect();
    let parts = Batch::from_request(&request(records), NOW).into_parts(20_000, str::to_owned);
    let sizes: Vec<_> = parts.reports.iter().map(|part| serde_json::to_vec(part).expect("json").len()).collect();
    assert!(sizes.iter().all(|size| *size <= 20_000), "{sizes:?}");
    assert_eq!(parts.reports.iter().map(|part| part.logs.len()).sum::<usize>(), 2500);
}

#[test]
fn bomb_is_refused_with_413() {
    assert_eq!(unpack(packed(&vec![0; 2 * CAP]), CAP).expect_err("a bomb").status(), 413);
    assert_eq!(unpack(vec![0; CAP + 1].into(), CAP).expect_err("too large").status(), 413);
    assert_eq!(unpack(packed(&vec![7; CAP]), CAP).expect("it fits").len(), CAP);
    let empty_records = request(vec![LogRecord::default(); 250_001]).encode_to_vec();
    assert_eq!(decode(Encoding::Protobuf, empty_records.into()).expect_err("too many").status(), 413);
    let lists = format!(r#"{{"resourceLogs":[{}[]]}}"#, "[],".repeat(250_000));
    assert_eq!(decode(Encoding::Json, lists.into()).expect_err("too many").status(), 413);
    let objects = format!(r#"{{"resourceLogs":[{}{{}}]}}"#, "{},".repeat(250_000));
    assert_eq!(decode(Encoding::Json, objects.into()).expect_err("too many").status(), 413);
}

#[test]
fn malformed_body_is_refused_with_400() {
    let mut damaged = packed(b"{}").to_vec();
    damaged.truncate(12);
    assert_eq!(unpack(damaged.into(), CAP).expect_err("damaged").status(), 400);
    for bad in [
        "",
        "[",
        "[]",
        " [{}]",
        "7",
        r#"{"resourceLogs":7}"#,
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"x0"}]}]}]}"#,
    ] {
        assert_eq!(decode(Encoding::Json, bad.into()).expect_err(bad).status(), 400);
    }
    for bad in [&b"\x0a\x05"[..], b"\x0f", b"\x08\x01", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"] {
        assert_eq!(decode(Encoding::Protobuf, Bytes::from_static(bad)).expect_err("malformed").status(), 400);
    }
    let nested = r#"{"arrayValue":{"values":["#.repeat(1000) + &"]}}".repeat(1000);
    let deep = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{nested}}}]}}]}}]}}"#);
    assert_eq!(decode(Encoding::Json, deep.into()).expect_err("deep").status(), 400);
}

#[test]
fn other_content_type_is_refused_with_415() {
    for bad in [None, Some("text/plain"), Some("application/protobuf")] {
        assert_eq!(Encoding::from_content_type(bad).expect_err("unknown").status(), 415);
    }
    let json = Encoding::from_content_type(Some("Application/JSON; charset=utf-8")).expect("known");
    assert_eq!(json, Encoding::Json);
}

proptest! {
    #[test]
    fn both_encodings_give_equal_requests(
        records in prop::collection::vec((any::<u64>(), any::<i32>(), ".{0,9}", any::<i64>(), any::<[u8; 16]>()), 0..9)
    ) {
        let mut wire = Vec::new();
        let mut texts = Vec::new();
        for (time, severity, text, int, trace) in records {
            let value = Some(AnyValue { value: Some(Value::Int(int)) });
            let attributes = vec![KeyValue { key: text.clone(), value }];
            let trace_id = Bytes::copy_from_slice(&trace);
            wire.push(LogRecord { time_unix_nano: time, severity_number: severity, attributes, trace_id, ..record(&text) });
            let trace: String = hexadecimal(&trace);
            texts.push(serde_json::json!({"timeUnixNano": time.to_string(), "severityNumber": severity,
                "body": {"stringValue": text}, "attributes": [{"key": text, "value": {"intValue": int}}],
                "traceId": trace}));
        }
        let body = serde_json::json!({"resourceLogs": [{"scopeLogs": [{"logRecords": texts}]}]}).to_string();
        let protobuf = decode(Encoding::Protobuf, request(wire).encode_to_vec().into()).expect("protobuf");
        prop_assert_eq!(protobuf, json(&body));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for encoding in [Encoding::Protobuf, Encoding::Json] {
            let decoded = unpack(bytes.clone().into(), CAP).and_then(|body| decode(encoding, body));
            prop_assert!(decoded.map_or_else(|error| error.status() == 400, |_| true));
        }
    }
}
