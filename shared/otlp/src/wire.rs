//! Messages of `opentelemetry/proto/logs/v1` and `collector/logs/v1`, for both encodings. Fields that CentOps does not
//! use are left out; both decoders ignore them.

use bytes::Bytes;
use serde::Deserialize;

use crate::{
    any_value::{AnyValue, KeyValue},
    json,
};

/// `ExportLogsServiceRequest`.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LogsRequest {
    /// The records, by resource.
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "json::null_as_default")]
    pub resource_logs: Vec<ResourceLogs>,
}

/// Records of one resource.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceLogs {
    /// The source of the records.
    #[prost(message, optional, tag = "1")]
    pub resource: Option<Resource>,
    /// The records, by instrumentation scope.
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "json::null_as_default")]
    pub scope_logs: Vec<ScopeLogs>,
}

/// The source of records, such as a service.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Resource {
    /// Its attributes, such as `service.name`.
    #[prost(message, repeated, tag = "1")]
    #[serde(deserialize_with = "json::null_as_default")]
    pub attributes: Vec<KeyValue>,
}

/// Records of one instrumentation scope.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScopeLogs {
    /// The records.
    #[prost(message, repeated, tag = "2")]
    #[serde(deserialize_with = "json::null_as_default")]
    pub log_records: Vec<LogRecord>,
}

/// One log record.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LogRecord {
    /// Time of the event in nanoseconds since 1970; 0 if unknown.
    #[prost(fixed64, tag = "1")]
    #[serde(deserialize_with = "json::integer")]
    pub time_unix_nano: u64,
    /// Time of observation in nanoseconds since 1970; 0 if unknown.
    #[prost(fixed64, tag = "11")]
    #[serde(deserialize_with = "json::integer")]
    pub observed_time_unix_nano: u64,
    /// Severity from 1 (trace) to 24 (fatal); 0 if unknown.
    #[prost(int32, tag = "2")]
    #[serde(deserialize_with = "json::null_as_default")]
    pub severity_number: i32,
    /// Severity in the words of the sender.
    #[prost(string, tag = "3")]
    #[serde(deserialize_with = "json::null_as_default")]
    pub severity_text: String,
    /// The text or structure that was logged.
    #[prost(message, optional, tag = "5")]
    pub body: Option<AnyValue>,
    /// Attributes, such as `exception.type`.
    #[prost(message, repeated, tag = "6")]
    #[serde(deserialize_with = "json::null_as_default")]
    pub attributes: Vec<KeyValue>,
    /// Trace id: 16 bytes, or none.
    #[prost(bytes = "bytes", tag = "9")]
    #[serde(deserialize_with = "json::hex")]
    pub trace_id: Bytes,
    /// Span id: 8 bytes, or none.
    #[prost(bytes = "bytes", tag = "10")]
    #[serde(deserialize_with = "json::hex")]
    pub span_id: Bytes,
}
