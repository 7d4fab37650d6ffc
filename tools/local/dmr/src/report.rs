//! The codes that chatbots answered with, reported in batches.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Client, StatusCode};
use serde::Serialize;
use serde_json::json;
use tracing::{info, warn};
use url::Url;
use uuid::Uuid;

/// As many as one report may have.
const BATCH: usize = 1000;
/// The oldest are let go beyond this: CentOps was away for long, and its windows are past them.
const WAITING: usize = 100_000;

/// What came of one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Outcome {
    /// The chatbot answered.
    Answered {
        /// Its HTTP status.
        status: u16,
        /// How long it took, in milliseconds.
        duration_ms: u64,
    },
    /// It did not.
    Failed {
        /// `timeout` or `connection`.
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

/// A batch keeps its key until it has arrived: sent again, it counts once.
#[derive(Clone, Debug)]
struct Batch {
    key: String,
    codes: Vec<Code>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Code>,
    batch: Option<Batch>,
    reported: u64,
}

/// The codes that were got and not yet reported.
#[derive(Debug)]
pub struct Reporter {
    http: Client,
    codes: Url,
    state: Mutex<State>,
}

impl Reporter {
    /// Reports to the address of `POST /codes`.
    #[must_use]
    pub fn new(http: Client, codes: Url) -> Self {
        Self { http, codes, state: Mutex::default() }
    }

    /// Notes one outcome.
    pub fn add(&self, chatbot: &str, at: Timestamp, outcome: Outcome) {
        let mut state = self.state();
        if state.waiting.len() == WAITING {
            state.waiting.pop_front();
        }
        state.waiting.push_back(Code { chatbot: chatbot.to_owned(), at, outcome });
    }

    /// How many have arrived.
    #[must_use]
    pub fn reported(&self) -> u64 {
        self.state().reported
    }

    /// Reports what waits, now and then every `pause`, for ever.
    pub async fn run(&self, pause: Duration) {
        loop {
            self.flush().await;
            tokio::time::sleep(pause).await;
        }
    }

    /// Reports one batch of what waits. One that did not arrive is sent again, under the same key.
    pub async fn flush(&self) {
        let Some(batch) = self.next() else { return };
        let count = batch.codes.len();
        let request = self.http.post(self.codes.clone()).header("Idempotency-Key", &batch.key);
        let body = json!({ "codes": batch.codes }).to_string();
        match request.header("Content-Type", "application/json").body(body).send().await {
            Ok(response) if response.status() == StatusCode::ACCEPTED => {
                let mut state = self.state();
                state.reported += count as u64;
                state.batch = None;
                info!(count, "codes are reported");
            }
            Ok(response) => {
                let status = response.status();
                warn!(count, %status, "codes are not taken: {}", response.text().await.unwrap_or_default());
                // Too many requests, or an ill server: later. Anything else will not be taken later either.
                if !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS {
                    self.state().batch = None;
                }
            }
            Err(error) => warn!(count, %error, "codes wait"),
        }
    }

    fn next(&self) -> Option<Batch> {
        let mut state = self.state();
        if state.batch.is_none() && !state.waiting.is_empty() {
            let size = state.waiting.len().min(BATCH);
            let codes = state.waiting.drain(..size).collect();
            state.batch = Some(Batch { key: Uuid::new_v4().simple().to_string(), codes });
        }
        state.batch.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
