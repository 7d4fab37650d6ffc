//! Sends the records of a spool, in order, to one operation of CentOps.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use centops_network_api::transport;
use jiff::Timestamp;
use reqwest::{Client, StatusCode};
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tracing::{error, info, warn};
use url::Url;

use crate::error::SpoolError;
use crate::response::{Arrival, retry_after, retry_delay};
use crate::spool::Spool;

/// The delay after the disk failed.
const DISK_DELAY: Duration = Duration::from_secs(1);
/// The most of a refusal's text that is logged.
const MAX_DETAIL: usize = 500;

/// The result of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// No batch waits.
    Idle,
    /// The batch was accepted or refused: the next one may follow.
    Settled,
    /// The batch has to be sent again. The delay is `Retry-After`, if the response had it.
    Retry(Option<Duration>),
}

/// Sends batches in order: `POST` with the batch's `Idempotency-Key`.
#[derive(Debug)]
pub struct Sender {
    http: Client,
    url: Url,
    spool: Arc<Spool>,
    wake: Notify,
    status: Mutex<Status>,
}

#[derive(Debug, Default)]
struct Status {
    accepted: Option<(Instant, Timestamp)>,
    error: Option<String>,
    retries: u64,
}

impl Sender {
    /// Creates a sender. `url` is that of the operation, such as `POST /logs`.
    #[must_use]
    pub fn new(http: Client, url: Url, spool: Arc<Spool>) -> Self {
        Self { http, url, spool, wake: Notify::new(), status: Mutex::default() }
    }

    /// Returns the spool.
    #[must_use]
    pub fn spool(&self) -> &Arc<Spool> {
        &self.spool
    }

    /// Has [`Sender::run`] look for a new batch. Call it after one was stored.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Returns the reason why the last request failed; `None` if it was accepted.
    #[must_use]
    pub fn last_error(&self) -> Option<String> {
        self.status().error.clone()
    }

    /// Returns the time of the last accepted request.
    #[must_use]
    pub fn last_accepted_at(&self) -> Option<Timestamp> {
        self.status().accepted.map(|(_, at)| at)
    }

    /// Returns the number of requests that have to be repeated.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.status().retries
    }

    /// Sends batches as they are stored, for ever.
    pub async fn run(&self) {
        let mut failures = 0;
        loop {
            let progress = self.step().await;
            self.pause(progress, &mut failures, Duration::MAX).await;
        }
    }

    /// Sends the oldest batch once.
    ///
    /// # Errors
    /// Returns an error if the spool cannot be read or written.
    pub async fn send_next(&self) -> Result<Progress, SpoolError> {
        let Some(record) = self.with_spool(|spool| spool.begin(Timestamp::now())).await? else {
            return Ok(Progress::Idle);
        };
        let (arrival, delay, message) = self.post(&record.key, record.body.to_vec()).await;
        let (count, key) = (record.count, record.key.clone());
        match arrival {
            Arrival::Accepted => info!(count, %key, "batch reported"),
            Arrival::Rejected => error!(count, %key, reason = message, "batch rejected: set aside"),
            Arrival::NotArrived | Arrival::Unknown => warn!(count, %key, reason = message, "failed to report a batch"),
        }
        self.with_spool(move |spool| spool.settle(&record, arrival, Timestamp::now())).await?;
        Ok(self.note(arrival, delay, message))
    }

    /// Like [`Sender::send_next`]; an error of the spool is noted, and delays the next request.
    pub(crate) async fn step(&self) -> Progress {
        match self.send_next().await {
            Ok(progress) => progress,
            Err(error) => {
                error!(%error, "spool failed");
                self.status().error = Some(error.to_string());
                Progress::Retry(Some(DISK_DELAY))
            }
        }
    }

    /// Waits until the next request: for a stored batch up to `idle`, or for the backoff after `failures` in a row.
    pub(crate) async fn pause(&self, progress: Progress, failures: &mut u32, idle: Duration) {
        match progress {
            Progress::Settled => *failures = 0,
            Progress::Idle => {
                *failures = 0;
                tokio::select! {
                    () = self.wake.notified() => {}
                    () = tokio::time::sleep(idle) => {}
                }
            }
            Progress::Retry(after) => {
                *failures = failures.saturating_add(1);
                tokio::time::sleep(retry_delay(*failures, after, fastrand::f64())).await;
            }
        }
    }

    /// Returns the time since the last accepted request; `None` before the first.
    pub(crate) fn since_accepted(&self) -> Option<Duration> {
        self.status().accepted.map(|(at, _)| at.elapsed())
    }

    /// Notes the result of a request.
    pub(crate) fn note(&self, arrival: Arrival, delay: Option<Duration>, message: String) -> Progress {
        let mut status = self.status();
        match arrival {
            Arrival::Accepted => {
                status.accepted = Some((Instant::now(), Timestamp::now()));
                status.error = None;
                Progress::Settled
            }
            Arrival::Rejected => {
                status.error = Some(message);
                Progress::Settled
            }
            Arrival::NotArrived | Arrival::Unknown => {
                status.error = Some(message);
                status.retries += 1;
                Progress::Retry(delay)
            }
        }
    }

    /// Sends one request. Returns what became of it, `Retry-After`, and the reason of a failure.
    pub(crate) async fn post(&self, key: &str, body: Vec<u8>) -> (Arrival, Option<Duration>, String) {
        let request = self.http.post(self.url.clone()).header("Idempotency-Key", key);
        match request.header("Content-Type", "application/json").body(body).send().await {
            Ok(response) if response.status() == StatusCode::ACCEPTED => (Arrival::Accepted, None, String::new()),
            Ok(response) => {
                let status = response.status();
                let delay = retry_after(response.headers(), SystemTime::now());
                let detail: String = response.text().await.unwrap_or_default().chars().take(MAX_DETAIL).collect();
                (Arrival::from_status(status), delay, format!("{status}: {detail}"))
            }
            Err(error) => (Arrival::from_error(&error), None, transport::with_causes(&error)),
        }
    }

    async fn with_spool<T: Send + 'static>(
        &self,
        action: impl FnOnce(&Spool) -> Result<T, SpoolError> + Send + 'static,
    ) -> Result<T, SpoolError> {
        let spool = Arc::clone(&self.spool);
        let joined = spawn_blocking(move || action(&spool)).await;
        joined.unwrap_or_else(|error| {
            Err(SpoolError::Io { path: "spool".into(), action: "use", cause: std::io::Error::other(error) })
        })
    }

    fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
