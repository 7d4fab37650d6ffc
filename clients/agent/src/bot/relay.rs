//! `POST /v1/logs`: takes log records by OpenTelemetry's protocol (OTLP/HTTP). No text is logged.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use centops_domain::ingestion::MAX_MESSAGE_LENGTH;
use centops_masking::mask;
use centops_otlp::{
    Batch, Counts, Encoding, Error, LogsRequest, Rejected, Status, check_content_encoding, content_hash, decode,
    success, unpack,
};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Response};
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout, timeout_at};

use super::intake::{Intake, IntakeError};
use super::journal::Delivery;
use crate::config::bot::{Content, OtlpConfig};

/// The most bytes of a body, packed or not: as `POST /v1/logs` of CentOps.
const MAX_BODY: usize = 4 << 20;
/// The most bytes of a body that are read to answer 413. Then the connection is closed.
const MAX_DISCARDED: usize = 64 << 20;
/// The most bytes of a batch as JSON. `POST /logs` takes 192 KiB, and its queue escapes characters.
const MAX_BATCH: usize = 128 << 10;
/// The longest time of a request's body, and for which a request waits for others.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// The most bodies that are read at once.
const MAX_READING: usize = 16;
/// The most bodies that are decoded at once. One takes some 50 MB at worst.
const MAX_DECODING: usize = 2;

/// Answers requests with log records.
pub struct Relay {
    intake: Intake,
    content: Content,
    reading: Semaphore,
    decoding: Semaphore,
    answers: Mutex<BTreeMap<u16, u64>>,
}

/// An answer other than 200.
struct Refusal {
    status: u16,
    message: String,
    /// Seconds after which the sender may send the request again.
    retry_after: Option<u16>,
}

impl Refusal {
    fn new(status: u16, message: &impl ToString) -> Self {
        Self { status, message: message.to_string(), retry_after: None }
    }

    fn busy() -> Self {
        IntakeError::Busy.into()
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::new(error.status(), &error)
    }
}

impl From<IntakeError> for Refusal {
    fn from(error: IntakeError) -> Self {
        let seconds = match error {
            IntakeError::Busy => 1,
            IntakeError::Disk => 5,
            IntakeError::Full => 30,
        };
        Self { retry_after: Some(seconds), ..Self::new(503, &error) }
    }
}

impl Relay {
    /// Creates a relay.
    #[must_use]
    pub fn new(intake: Intake, config: &OtlpConfig) -> Self {
        let (reading, decoding) = (Semaphore::new(MAX_READING), Semaphore::new(MAX_DECODING));
        Self { intake, content: config.content, reading, decoding, answers: Mutex::default() }
    }

    /// Returns the numbers of answers by status.
    #[must_use]
    pub fn answers(&self) -> BTreeMap<u16, u64> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Answers a request.
    pub async fn respond(self: Arc<Self>, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
        let encoding = Encoding::from_content_type(header(CONTENT_TYPE));
        let checked = check_content_encoding(header(CONTENT_ENCODING));
        let (path, method) = (request.uri().path(), request.method());
        // Without a known encoding the answer is JSON.
        let answer_encoding = encoding.as_ref().copied().unwrap_or(Encoding::Json);
        let result = match (path, method) {
            ("/v1/logs", &Method::POST) => match (encoding, checked) {
                (Ok(encoding), Ok(())) => self.take(encoding, request.into_body()).await,
                (Err(error), _) | (_, Err(error)) => Err(error.into()),
            },
            ("/v1/logs", _) => Err(Refusal::new(405, &"use POST")),
            _ => Err(Refusal::new(404, &"only POST /v1/logs is served: this relay takes logs, no traces or metrics")),
        };
        let response = respond(answer_encoding, result);
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        *answers.entry(response.status().as_u16()).or_default() += 1;
        drop(answers);
        response
    }

    async fn take(&self, encoding: Encoding, body: Incoming) -> Result<Rejected, Refusal> {
        let reading = timeout(BODY_TIMEOUT, self.reading.acquire()).await;
        let Ok(Ok(_reading)) = reading else { return Err(Refusal::busy()) };
        let body = read(body).await?;
        let decoding = timeout(BODY_TIMEOUT, self.decoding.acquire()).await;
        let Ok(Ok(_decoding)) = decoding else { return Err(Refusal::busy()) };
        let content = self.content;
        let converted = spawn_blocking(move || convert(encoding, body, content)).await;
        let (delivery, rejected) = converted.map_err(|_| Refusal::from(IntakeError::Disk))??;
        if delivery.received > 0 {
            self.intake.store(delivery).await?;
        }
        Ok(rejected)
    }
}

/// Reads a body. The rest of one that is too large is read and discarded, because many clients read no answer before they
/// have sent all.
async fn read(mut body: Incoming) -> Result<Bytes, Refusal> {
    let deadline = Instant::now() + BODY_TIMEOUT;
    let (mut bytes, mut length) = (Vec::new(), 0);
    loop {
        let data = match timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(Refusal::new(400, &"the body ended early")),
            Err(_) => return Err(Refusal::new(408, &"the body did not come within 10 s")),
        };
        length += data.len();
        if length <= MAX_BODY {
            bytes.extend_from_slice(&data);
        } else {
            bytes = Vec::new();
        }
        if length > MAX_DISCARDED {
            break;
        }
    }
    if length > MAX_BODY { Err(Error::TooLarge(MAX_BODY).into()) } else { Ok(bytes.into()) }
}

/// Returns what leaves the cluster, and the records that cannot be taken.
fn convert(encoding: Encoding, body: Bytes, content: Content) -> Result<(Delivery, Rejected), Error> {
    let now = Timestamp::now();
    let body = unpack(body, MAX_BODY)?;
    let hash = content_hash("", &body, 0);
    let request = decode(encoding, body)?;
    let received = records(&request);
    let mut delivery = Delivery { hash, received, ..Delivery::default() };
    let rejected = match content {
        Content::Counts => {
            let counted = Counts::from_request(&request, now);
            delivery.counts = counted.counts;
            counted.rejected
        }
        Content::Text => {
            let parts = Batch::from_request(&request, now).into_parts(MAX_BATCH, mask_and_truncate);
            delivery.reports = parts.reports;
            parts.rejected
        }
    };
    delivery.rejected = rejected.count() as u64;
    Ok((delivery, rejected))
}

fn records(request: &LogsRequest) -> u64 {
    let scopes = request.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
    scopes.map(|scope| scope.log_records.len() as u64).sum()
}

/// Masks a text. Markers can lengthen it beyond what `POST /logs` takes.
fn mask_and_truncate(text: &str) -> String {
    let mut masked = mask(text);
    if let Some((end, _)) = masked.char_indices().nth(MAX_MESSAGE_LENGTH) {
        masked.truncate(end);
    }
    masked
}

fn respond(encoding: Encoding, result: Result<Rejected, Refusal>) -> Response<Full<Bytes>> {
    let (status, body, retry_after) = match result {
        Ok(rejected) => (200, success(encoding, &rejected), None),
        Err(Refusal { status, message, retry_after }) => {
            (status, Status::new(status, &message).body(encoding), retry_after)
        }
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(encoding.content_type()));
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    match status {
        405 => drop(headers.insert(ALLOW, HeaderValue::from_static("POST"))),
        // The rest of the body may not be read.
        408 | 413 => drop(headers.insert(CONNECTION, HeaderValue::from_static("close"))),
        _ => {}
    }
    response
}
