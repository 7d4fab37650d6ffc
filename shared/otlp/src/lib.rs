//! Log records of OpenTelemetry (OTLP/HTTP 1.x) as log entries of CentOps. Pure: no network, no clock.
//!
//! ```text
//! body ─ unpack ─▶ decode ─▶ Batch::from_request ─▶ into_parts ─▶ queue messages
//!        gzip      protobuf   levels, times,         masked,
//!        cap       or JSON    messages               split by size
//! ```
//!
//! An [`Error`] states the HTTP status of the answer: 400, 413 or 415. Records that CentOps cannot take are counted in
//! [`Rejected`] and answered as `partialSuccess`; one record never fails a batch.
//!
//! Source: <https://opentelemetry.io/docs/specs/otlp/>.

mod any_value;
mod batch;
mod body;
mod budget;
mod counts;
mod hash;
mod json;
mod message;
mod response;
mod wire;

pub use self::{
    any_value::{AnyValue, ArrayValue, KeyValue, KeyValueList, Value},
    batch::{Batch, Parts, Rejected},
    body::{Encoding, Error, check_content_encoding, decode, unpack},
    counts::{CountKey, Counts},
    hash::content_hash,
    response::{Status, success},
    wire::{LogRecord, LogsRequest, Resource, ResourceLogs, ScopeLogs},
};
