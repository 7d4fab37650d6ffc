//! Sends the records of a spool to CentOps, and heartbeats.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tracing::{error, info, warn};
use url::Url;
use uuid::Uuid;

use crate::code::{Body, Code};
use crate::error::SpoolError;
use crate::response::{Arrival, retry_after, retry_delay};
use crate::spool::Spool;

/// Without codes, a heartbeat is sent this long after the last report.
const HEARTBEAT: Duration = Duration::from_secs(30);
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

/// Sends batches in order.
#[derive(Debug)]
pub struct Reporter {
    http: Client,
    codes_url: Url,
    version: String,
    spool: Arc<Spool>,
    wake: Notify,
    status: Mutex<Status>,
}

#[derive(Debug, Default)]
struct Status {
    last_report: Option<Instant>,
    last_report_at: Option<Timestamp>,
    error: Option<String>,
    retries: u64,
}

impl Reporter {
    /// Creates a reporter. `codes_url` is the URL of `POST /codes`; `version` is that of the DMR's software.
    #[must_use]
    pub fn new(http: Client, codes_url: Url, version: impl Into<String>, spool: Arc<Spool>) -> Self {
        let (wake, status) = (Notify::new(), Mutex::default());
        Self { http, codes_url, version: version.into(), spool, wake, status }
    }

    /// Returns the spool.
    #[must_use]
    pub fn spool(&self) -> &Arc<Spool> {
        &self.spool
    }

    /// Stores a batch of at most 1,000 codes and the position of its source after it. Blocks while it writes to the disk.
    ///
    /// # Errors
    /// Returns an error if the batch cannot be written. Nothing is stored then.
    pub fn store(&self, codes: &[Code], source: Option<Value>, revision: Option<u64>) -> Result<(), SpoolError> {
        let body = Body { codes, table_revision: revision, client_version: &self.version };
        let count = u64::try_from(codes.len()).unwrap_or(u64::MAX);
        self.spool.append(serde_json::to_vec(&body)?, count, source, Timestamp::now())?;
        self.wake.notify_one();
        Ok(())
    }

    /// Returns the reason why the last request failed; `None` if it was accepted.
    #[must_use]
    pub fn last_error(&self) -> Option<String> {
        self.status().error.clone()
    }

    /// Returns the time of the last accepted report or heartbeat.
    #[must_use]
    pub fn last_report_at(&self) -> Option<Timestamp> {
        self.status().last_report_at
    }

    /// Returns the number of requests that have to be repeated.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.status().retries
    }

    /// Sends batches as they are stored, for ever, and a heartbeat after 30 s without a report. `revision` returns the
    /// revision of the route table that the DMR routes by.
    pub async fn run(&self, revision: impl Fn() -> Option<u64>) {
        let mut failures = 0_u32;
        loop {
            let progress = match self.send_next().await {
                Ok(Progress::Idle) => self.send_heartbeat_if_due(revision()).await,
                Ok(progress) => progress,
                Err(error) => {
                    error!(%error, "spool failed");
                    self.status().error = Some(error.to_string());
                    tokio::time::sleep(DISK_DELAY).await;
                    continue;
                }
            };
            match progress {
                Progress::Settled => failures = 0,
                Progress::Idle => {
                    failures = 0;
                    let until_heartbeat = self.until_heartbeat();
                    tokio::select! {
                        () = self.wake.notified() => {}
                        () = tokio::time::sleep(until_heartbeat) => {}
                    }
                }
                Progress::Retry(after) => {
                    failures = failures.saturating_add(1);
                    tokio::time::sleep(retry_delay(failures, after, fastrand::f64())).await;
                }
            }
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
            Arrival::Accepted => info!(count, %key, "codes reported"),
            Arrival::Rejected => error!(count, %key, reason = message, "codes rejected: batch set aside"),
            Arrival::NotArrived | Arrival::Unknown => warn!(count, %key, reason = message, "failed to report codes"),
        }
        self.with_spool(move |spool| spool.settle(&record, arrival, Timestamp::now())).await?;
        Ok(self.note(arrival, delay, message))
    }

    /// Reports that the DMR runs, its version and the `revision` of its route table, without codes.
    pub async fn send_heartbeat(&self, revision: Option<u64>) -> Progress {
        let body = Body { codes: &[], table_revision: revision, client_version: &self.version };
        let Ok(body) = serde_json::to_vec(&body) else { return Progress::Idle };
        let (arrival, delay, message) = self.post(&Uuid::new_v4().simple().to_string(), body).await;
        if arrival != Arrival::Accepted {
            warn!(reason = message, "failed to send a heartbeat");
        }
        // A refused heartbeat is repeated later, not at once.
        match self.note(arrival, delay, message) {
            Progress::Settled if arrival == Arrival::Rejected => Progress::Retry(Some(HEARTBEAT)),
            progress => progress,
        }
    }

    async fn send_heartbeat_if_due(&self, revision: Option<u64>) -> Progress {
        if self.until_heartbeat().is_zero() { self.send_heartbeat(revision).await } else { Progress::Idle }
    }

    fn until_heartbeat(&self) -> Duration {
        self.status().last_report.map_or(Duration::ZERO, |last| HEARTBEAT.saturating_sub(last.elapsed()))
    }

    fn note(&self, arrival: Arrival, delay: Option<Duration>, message: String) -> Progress {
        let mut status = self.status();
        match arrival {
            Arrival::Accepted => {
                (status.last_report, status.last_report_at) = (Some(Instant::now()), Some(Timestamp::now()));
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

    async fn post(&self, key: &str, body: Vec<u8>) -> (Arrival, Option<Duration>, String) {
        let request = self.http.post(self.codes_url.clone()).header("Idempotency-Key", key);
        match request.header("Content-Type", "application/json").body(body).send().await {
            Ok(response) if response.status() == StatusCode::ACCEPTED => (Arrival::Accepted, None, String::new()),
            Ok(response) => {
                let status = response.status();
                let delay = retry_after(response.headers(), SystemTime::now());
                let detail: String = response.text().await.unwrap_or_default().chars().take(MAX_DETAIL).collect();
                (Arrival::from_status(status), delay, format!("{status}: {detail}"))
            }
            Err(error) => (Arrival::from_error(&error), None, with_causes(&error)),
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

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
