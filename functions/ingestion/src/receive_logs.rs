//! `POST /v1/logs`: takes log records by OpenTelemetry's protocol (OTLP/HTTP), masks personal data in them and queues them.

use bytes::Bytes;
use centops_api::{Call, Chatbot, FromSetup, Operation, Raw, Reply, Setup, StartError};
use centops_contract::{self as contract, operations};
use centops_otlp::{
    Batch, Encoding, Error, Parts, Status, check_content_encoding, content_hash, decode, success, unpack,
};
use centops_queues::{MAX_MESSAGE_BYTES, Queue, SendError, Sender};
use centops_store::Store;
use jiff::Timestamp;
use lambda_http::{
    Body, Response,
    http::{HeaderName, StatusCode, header},
};

/// The most bytes of an unpacked body.
const MAX_UNPACKED: usize = 4 << 20;
/// The most bytes of a report as JSON. The queue escapes some characters, which at most doubles them.
const MAX_REPORT: usize = MAX_MESSAGE_BYTES / 2;

/// The operation.
#[derive(Debug)]
pub struct ReceiveLogs {
    queue: Queue,
    store: Store,
}

impl FromSetup for ReceiveLogs {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let client = aws_sdk_sqs::Client::new(setup.config());
        Ok(Self { queue: Queue::new(client, setup.variable("QUEUE")?), store: setup.store().await? })
    }
}

impl Operation for ReceiveLogs {
    const CONTRACT: contract::Operation = operations::RECEIVE_LOGS;
    type Caller = Chatbot;
    type Body = Raw;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let header = |name: HeaderName| call.headers().get(name).and_then(|value| value.to_str().ok());
        let encoding = match Encoding::from_content_type(header(header::CONTENT_TYPE)) {
            Ok(encoding) => encoding,
            Err(error) => return Ok(refused(Encoding::Json, error.status(), &error)),
        };
        let read = check_content_encoding(header(header::CONTENT_ENCODING));
        let read = read.and_then(|()| parts(encoding, &call.body.0, call.now()));
        let (body, Parts { reports, rejected }) = match read {
            Ok(read) => read,
            Err(error) => return Ok(refused(encoding, error.status(), &error)),
        };
        let Chatbot(name) = &call.caller;
        let sender = Sender::Chatbot(name.clone());
        for (part, report) in reports.iter().enumerate() {
            let key = content_hash(name.as_str(), &body, part);
            match state.queue.send_once(&state.store, &sender, &key, report, call.now()).await {
                // A repetition. Records without a time had another one when the body came first.
                Ok(_) | Err(SendError::KeyReused) => {}
                Err(error @ (SendError::TooLarge | SendError::Unavailable(_))) => {
                    tracing::error!(%error, part, "failed to queue log records");
                    return Ok(refused(encoding, 503, &"Not available now: send the same body again."));
                }
            }
        }
        Ok(answer(encoding, StatusCode::OK, success(encoding, &rejected)))
    }
}

/// Returns a body unpacked, and its records, masked, as reports for the queue.
fn parts(encoding: Encoding, body: &[u8], now: Timestamp) -> Result<(Bytes, Parts), Error> {
    let body = unpack(Bytes::copy_from_slice(body), MAX_UNPACKED)?;
    let batch = Batch::from_request(&decode(encoding, body.clone())?, now);
    Ok((body, batch.into_parts(MAX_REPORT, centops_masking::mask)))
}

/// Returns an answer that refuses a body, with a `google.rpc.Status`. Clients of the protocol send a body again after 429,
/// 502, 503 and 504 only, so nothing that is not their fault may be another status.
fn refused(encoding: Encoding, status: u16, reason: &impl ToString) -> Response<Body> {
    let body = Status::new(status, reason).body(encoding);
    let mut response = answer(encoding, StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE), body);
    if status == 503 {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("5"));
    }
    response
}

fn answer(encoding: Encoding, status: StatusCode, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(match String::from_utf8(body) {
        Ok(text) if encoding == Encoding::Json => Body::Text(text),
        Ok(text) => Body::Binary(text.into_bytes()),
        Err(other) => Body::Binary(other.into_bytes()),
    });
    *response.status_mut() = status;
    let content_type = header::HeaderValue::from_static(encoding.content_type());
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}
