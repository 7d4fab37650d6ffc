//! Answers, in the encoding of the request.

use prost::Message;
use serde::Serialize;

use crate::{batch::Rejected, body::Encoding};

/// `ExportLogsServiceResponse`.
#[derive(Clone, PartialEq, prost::Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogsResponse {
    #[prost(message, optional, tag = "1")]
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_success: Option<PartialSuccess>,
}

/// `ExportLogsPartialSuccess`.
#[derive(Clone, PartialEq, prost::Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    #[serde(serialize_with = "as_text")]
    rejected_log_records: i64,
    #[prost(string, tag = "2")]
    error_message: String,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature of serde")]
fn as_text<S: serde::Serializer>(number: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

/// Returns the body of the 200: empty, or with the number of rejected records and the reasons.
#[must_use]
pub fn success(encoding: Encoding, rejected: &Rejected) -> Vec<u8> {
    let partial_success = rejected.reasons().map(|error_message| PartialSuccess {
        rejected_log_records: i64::try_from(rejected.count()).unwrap_or(i64::MAX),
        error_message,
    });
    encode(encoding, &LogsResponse { partial_success })
}

/// `google.rpc.Status`: the body of each answer from 400 on.
#[derive(Clone, PartialEq, prost::Message, Serialize)]
pub struct Status {
    /// The gRPC code.
    #[prost(int32, tag = "1")]
    pub code: i32,
    /// What is wrong, for the caller.
    #[prost(string, tag = "2")]
    pub message: String,
}

impl Status {
    /// Returns the body of an answer with the HTTP status `http_status`.
    #[must_use]
    pub fn new(http_status: u16, message: &impl ToString) -> Self {
        let code = match http_status {
            400 | 413 | 415 => 3,
            401 => 16,
            403 => 7,
            404 => 5,
            429 => 8,
            502..=504 => 14,
            _ => 2,
        };
        Self { code, message: message.to_string() }
    }

    /// Returns the encoded body.
    #[must_use]
    pub fn body(&self, encoding: Encoding) -> Vec<u8> {
        encode(encoding, self)
    }
}

fn encode(encoding: Encoding, message: &(impl Message + Serialize)) -> Vec<u8> {
    match encoding {
        Encoding::Protobuf => message.encode_to_vec(),
        // These messages have text keys and no number that JSON lacks.
        Encoding::Json => serde_json::to_vec(message).unwrap_or_else(|_| b"{}".to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_is_an_empty_message_unless_records_are_rejected() {
        assert_eq!(success(Encoding::Protobuf, &Rejected::default()), b"");
        assert_eq!(success(Encoding::Json, &Rejected::default()), b"{}");
        let rejected = Rejected { in_future: 2, too_large: 1, no_time: 0 };
        let json = String::from_utf8(success(Encoding::Json, &rejected)).expect("text");
        assert!(json.starts_with(r#"{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"2 "#), "{json}");
        let bytes = success(Encoding::Protobuf, &rejected);
        assert_eq!(bytes[2..4], [8, 3]);
    }

    #[test]
    fn status_has_the_code_of_grpc() {
        let status = Status::new(503, &"try again");
        assert_eq!(status.body(Encoding::Json), br#"{"code":14,"message":"try again"}"#);
        assert_eq!(status.body(Encoding::Protobuf), b"\x08\x0e\x12\x09try again");
    }
}
