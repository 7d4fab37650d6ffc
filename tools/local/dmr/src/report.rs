//! The reporter of HTTP codes: queues the outcomes of messages and sends them to CentOps in batches.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::{Client, Response, StatusCode};
use serde::Serialize;
use serde_json::json;
use tracing::{info, warn};
use url::Url;
use uuid::Uuid;

/// The limit of codes in one request.
const BATCH_SIZE: usize = 1000;
/// The limit of queued codes. Beyond it the oldest are dropped: they are older than CentOps's windows by then.
const QUEUE_LIMIT: usize = 100_000;

/// Without codes, a heartbeat is sent this long after the last report.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// The outcome of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Outcome {
    /// The chatbot responded.
    Responded {
        /// The HTTP status.
        status: u16,
        /// The time until the complete response, in milliseconds.
        duration_ms: u64,
    },
    /// The chatbot did not respond.
    Failed {
        /// The error: `timeout` or `connection`.
        error: &'static str,
    },
}

#[derive(Clone, Debug, Serialize)]
struct Code {
    chatbot: String,
    at: Timestamp,
    #[serde(flatten)]
    outcome: Outcome,
}

/// A batch of codes with its idempotency key. A retry has the same key, so that each code counts once.
#[derive(Clone, Debug)]
struct Batch {
    key: String,
    codes: Vec<Code>,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<Code>,
    /// The batch that was sent and not yet accepted.
    pending: Option<Batch>,
    reported: u64,
    /// When a report was last accepted.
    last_report: Option<Instant>,
}

/// Queues codes and reports them.
#[derive(Debug)]
pub struct Reporter {
    http: Client,
    codes_url: Url,
    state: Mutex<State>,
}

impl Reporter {
    /// Creates a reporter; `codes_url` is the URL of `POST /codes`.
    #[must_use]
    pub fn new(http: Client, codes_url: Url) -> Self {
        Self { http, codes_url, state: Mutex::default() }
    }

    /// Queues the outcome of one message.
    pub fn add(&self, chatbot: &str, at: Timestamp, outcome: Outcome) {
        let mut state = self.state();
        if state.queue.len() == QUEUE_LIMIT {
            state.queue.pop_front();
        }
        state.queue.push_back(Code { chatbot: chatbot.to_owned(), at, outcome });
    }

    /// Returns the number of codes that CentOps accepted.
    #[must_use]
    pub fn reported(&self) -> u64 {
        self.state().reported
    }

    /// Reports one batch per `interval`, for ever, and a heartbeat when there has been nothing to report. `revision`
    /// returns the revision of the route table.
    pub async fn run(&self, interval: Duration, revision: impl Fn() -> Option<u64>) {
        loop {
            self.flush().await;
            let is_idle = self.state().last_report.is_none_or(|last| last.elapsed() >= HEARTBEAT);
            if is_idle {
                self.send_heartbeat(revision()).await;
            }
            tokio::time::sleep(interval).await;
        }
    }

    /// Reports one batch. A batch that was not accepted is sent again with the same idempotency key.
    pub async fn flush(&self) {
        let Some(batch) = self.next_batch() else { return };
        let count = batch.codes.len();
        match self.post(&batch.key, &json!({ "codes": batch.codes })).await {
            Ok(response) if response.status() == StatusCode::ACCEPTED => {
                let mut state = self.state();
                state.reported += count as u64;
                (state.pending, state.last_report) = (None, Some(Instant::now()));
                info!(count, key = %batch.key, "codes reported");
            }
            Ok(response) => {
                let status = response.status();
                let detail = response.text().await.unwrap_or_default();
                warn!(count, key = %batch.key, %status, detail, "codes rejected");
                // A retry helps only after a server error or 429: other statuses are final.
                if !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS {
                    self.state().pending = None;
                }
            }
            Err(error) => warn!(count, key = %batch.key, %error, "failed to report codes"),
        }
    }

    /// Reports that this DMR runs, its version and the `revision` of its route table, without codes.
    pub async fn send_heartbeat(&self, revision: Option<u64>) {
        let mut body = json!({"codes": [], "clientVersion": env!("CARGO_PKG_VERSION")});
        if let Some(revision) = revision {
            body["tableRevision"] = revision.into();
        }
        match self.post(&Uuid::new_v4().simple().to_string(), &body).await {
            Ok(response) if response.status() == StatusCode::ACCEPTED => {
                self.state().last_report = Some(Instant::now());
            }
            Ok(response) => warn!(status = %response.status(), "heartbeat rejected"),
            Err(error) => warn!(%error, "failed to send a heartbeat"),
        }
    }

    async fn post(&self, key: &str, body: &serde_json::Value) -> Result<Response, reqwest::Error> {
        let request = self.http.post(self.codes_url.clone()).header("Idempotency-Key", key);
        request.header("Content-Type", "application/json").body(body.to_string()).send().await
    }

    fn next_batch(&self) -> Option<Batch> {
        let mut state = self.state();
        if state.pending.is_none() && !state.queue.is_empty() {
            let size = state.queue.len().min(BATCH_SIZE);
            let codes = state.queue.drain(..size).collect();
            state.pending = Some(Batch { key: Uuid::new_v4().simple().to_string(), codes });
        }
        state.pending.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
