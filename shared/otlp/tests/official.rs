//! Comparison with the messages of the crate `opentelemetry-proto`, which the OpenTelemetry project generates.
//!
//! The corpus has bytes that SDKs sent, and forms that the documentation of the Collector, the Java agent, Fluent Bit and
//! Vector shows.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use bytes::Bytes;
use centops_otlp::{
    AnyValue, ArrayValue, Batch, Encoding, KeyValue, KeyValueList, LogRecord, LogsRequest, Resource, ResourceLogs,
    ScopeLogs, Value, decode,
};
use jiff::Timestamp;
use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest, common::v1 as common, logs::v1 as logs, resource::v1 as resource,
};
use proptest::prelude::*;
use prost::Message as _;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const PROTOBUF: [(&str, &[u8]); 2] = [
    ("Python SDK", include_bytes!("corpus/python-sdk.pb")),
    ("JavaScript SDK", include_bytes!("corpus/javascript-sdk.pb")),
];
const JSON: [(&str, &[u8]); 6] = [
    ("specification", include_bytes!("corpus/specification.json")),
    ("JavaScript SDK", include_bytes!("corpus/javascript-sdk.json")),
    ("Collector", include_bytes!("corpus/collector.json")),
    ("Java agent", include_bytes!("corpus/java-agent.json")),
    ("Fluent Bit", include_bytes!("corpus/fluent-bit.json")),
    ("Vector", include_bytes!("corpus/vector.json")),
];

fn ours(encoding: Encoding, body: &[u8]) -> LogsRequest {
    decode(encoding, Bytes::copy_from_slice(body)).expect("a request")
}

/// Asserts that a request is read as the project reads it, in both encodings, and gives the same entries.
fn compare(name: &str, official: &ExportLogsServiceRequest) {
    let expected = request(official);
    let json = serde_json::to_vec(official).expect("json");
    for (encoding, body) in [(Encoding::Protobuf, official.encode_to_vec()), (Encoding::Json, json)] {
        let found = ours(encoding, &body);
        assert_eq!(found, expected, "{name}, {encoding:?}");
        assert_eq!(Batch::from_request(&found, NOW), Batch::from_request(&expected, NOW), "{name}, {encoding:?}");
    }
}

#[test]
fn corpus_is_read_as_the_official_crate_reads_it() {
    for (name, body) in PROTOBUF {
        let official = ExportLogsServiceRequest::decode(body).expect(name);
        assert_eq!(ours(Encoding::Protobuf, body), request(&official), "{name}");
        compare(name, &official);
    }
    for (name, body) in JSON {
        let official = serde_json::from_slice(body).expect(name);
        assert_eq!(ours(Encoding::Json, body), request(&official), "{name}");
        compare(name, &official);
    }
}

fn request(from: &ExportLogsServiceRequest) -> LogsRequest {
    LogsRequest { resource_logs: from.resource_logs.iter().map(resource_logs).collect() }
}

fn resource_logs(from: &logs::ResourceLogs) -> ResourceLogs {
    let resource = from.resource.as_ref().map(|from| Resource { attributes: pairs(&from.attributes) });
    let scope_logs = from.scope_logs.iter();
    let scope_logs = scope_logs.map(|from| ScopeLogs { log_records: from.log_records.iter().map(record).collect() });
    ResourceLogs { resource, scope_logs: scope_logs.collect() }
}

fn record(from: &logs::LogRecord) -> LogRecord {
    LogRecord {
        time_unix_nano: from.time_unix_nano,
        observed_time_unix_nano: from.observed_time_unix_nano,
        severity_number: from.severity_number,
        severity_text: from.severity_text.clone(),
        body: from.body.as_ref().map(value),
        attributes: pairs(&from.attributes),
        trace_id: from.trace_id.clone().into(),
        span_id: from.span_id.clone().into(),
    }
}

fn pairs(from: &[common::KeyValue]) -> Vec<KeyValue> {
    from.iter().map(|from| KeyValue { key: from.key.clone(), value: from.value.as_ref().map(value) }).collect()
}

fn value(from: &common::AnyValue) -> AnyValue {
    use common::any_value::Value as Official;
    let value = from.value.as_ref().and_then(|from| match from {
        Official::StringValue(text) => Some(Value::Text(text.clone())),
        Official::BoolValue(value) => Some(Value::Bool(*value)),
        Official::IntValue(value) => Some(Value::Int(*value)),
        Official::DoubleValue(value) => Some(Value::Double(*value)),
        Official::ArrayValue(list) => {
            Some(Value::Array(ArrayValue { values: list.values.iter().map(value).collect() }))
        }
        Official::KvlistValue(list) => Some(Value::Map(KeyValueList { values: pairs(&list.values) })),
        Official::BytesValue(bytes) => Some(Value::Bytes(bytes.clone().into())),
        // Of profiles only.
        Official::StringValueStrindex(_) => None,
    });
    AnyValue { value }
}

fn any_value() -> impl Strategy<Value = common::AnyValue> {
    use common::any_value::Value as Official;
    let leaf = prop_oneof![
        Just(None),
        ".{0,12}".prop_map(|text| Some(Official::StringValue(text))),
        any::<bool>().prop_map(|value| Some(Official::BoolValue(value))),
        any::<i64>().prop_map(|value| Some(Official::IntValue(value))),
        // Without more digits than serde_json reads exactly.
        any::<i32>().prop_map(|eighths| Some(Official::DoubleValue(f64::from(eighths) / 8.0))),
        prop::collection::vec(any::<u8>(), 0..8).prop_map(|bytes| Some(Official::BytesValue(bytes))),
    ];
    leaf.prop_map(|value| common::AnyValue { value }).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|values| {
                common::AnyValue { value: Some(Official::ArrayValue(common::ArrayValue { values })) }
            }),
            prop::collection::vec(key_value(inner), 0..3).prop_map(|values| {
                common::AnyValue { value: Some(Official::KvlistValue(common::KeyValueList { values })) }
            }),
        ]
    })
}

fn key_value(value: impl Strategy<Value = common::AnyValue>) -> impl Strategy<Value = common::KeyValue> {
    let key = prop_oneof![Just("exception.type".to_owned()), "[a-z.]{0,8}"];
    (key, prop::option::of(value)).prop_map(|(key, value)| common::KeyValue {
        key,
        value,
        ..common::KeyValue::default()
    })
}

fn log_record() -> impl Strategy<Value = logs::LogRecord> {
    let ids = (prop::collection::vec(any::<u8>(), 16), prop::collection::vec(any::<u8>(), 8));
    let attributes = prop::collection::vec(key_value(any_value()), 0..3);
    let times = (any::<u64>(), any::<u64>());
    (times, 0..=24, "[A-Za-z]{0,8}", prop::option::of(any_value()), attributes, ids).prop_map(
        |((time_unix_nano, observed_time_unix_nano), severity_number, severity_text, body, attributes, ids)| {
            logs::LogRecord {
                time_unix_nano,
                observed_time_unix_nano,
                severity_number,
                severity_text,
                body,
                attributes,
                trace_id: ids.0,
                span_id: ids.1,
                ..logs::LogRecord::default()
            }
        },
    )
}

proptest! {
    #[test]
    fn any_request_is_read_as_the_official_crate_reads_it(
        records in prop::collection::vec(prop::collection::vec(log_record(), 0..3), 0..3),
        attributes in prop::option::of(prop::collection::vec(key_value(any_value()), 0..3)),
    ) {
        let of = |log_records| logs::ScopeLogs { log_records, ..logs::ScopeLogs::default() };
        let scope_logs = records.into_iter().map(of).collect();
        let resource = attributes.map(|attributes| resource::Resource { attributes, ..resource::Resource::default() });
        let resource_logs = vec![logs::ResourceLogs { resource, scope_logs, ..logs::ResourceLogs::default() }];
        compare("random", &ExportLogsServiceRequest { resource_logs });
    }
}
