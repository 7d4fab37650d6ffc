//! Reports the codes of a DMR: `POST /codes`, with heartbeats.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Client;
use serde_json::Value;
use tracing::warn;
use url::Url;
use uuid::Uuid;

use crate::code::{Body, Code};
use crate::error::SpoolError;
use crate::response::Arrival;
use crate::sender::{Progress, Sender};
use crate::spool::Spool;

/// Without codes, a heartbeat is sent this long after the last report.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Stores batches of codes, and sends them in order.
#[derive(Debug)]
pub struct Reporter {
    sender: Sender,
    version: String,
}

impl Reporter {
    /// Creates a reporter. `codes_url` is the URL of `POST /codes`; `version` is that of the DMR's software.
    #[must_use]
    pub fn new(http: Client, codes_url: Url, version: impl Into<String>, spool: Arc<Spool>) -> Self {
        Self { sender: Sender::new(http, codes_url, spool), version: version.into() }
    }

    /// Returns the spool.
    #[must_use]
    pub fn spool(&self) -> &Arc<Spool> {
        self.sender.spool()
    }

    /// Returns the sender of the batches and heartbeats.
    #[must_use]
    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Stores a batch of at most 1,000 codes and the position of its source after it. Blocks while it writes to the disk.
    ///
    /// # Errors
    /// Returns an error if the batch cannot be written. Nothing is stored then.
    pub fn store(&self, codes: &[Code], source: Option<Value>, revision: Option<u64>) -> Result<(), SpoolError> {
        let body = Body { codes, table_revision: revision, client_version: &self.version };
        let count = u64::try_from(codes.len()).unwrap_or(u64::MAX);
        self.spool().append(serde_json::to_vec(&body)?, count, source, Timestamp::now())?;
        self.sender.wake();
        Ok(())
    }

    /// Sends batches as they are stored, for ever, and a heartbeat after 30 s without a report. `revision` returns the
    /// revision of the route table that the DMR routes by.
    pub async fn run(&self, revision: impl Fn() -> Option<u64>) {
        let mut failures = 0;
        loop {
            let progress = match self.sender.step().await {
                Progress::Idle => self.send_heartbeat_if_due(revision()).await,
                progress => progress,
            };
            self.sender.pause(progress, &mut failures, self.until_heartbeat()).await;
        }
    }

    /// Sends the oldest batch once.
    ///
    /// # Errors
    /// Returns an error if the spool cannot be read or written.
    pub async fn send_next(&self) -> Result<Progress, SpoolError> {
        self.sender.send_next().await
    }

    /// Reports that the DMR runs, its version and the `revision` of its route table, without codes.
    pub async fn send_heartbeat(&self, revision: Option<u64>) -> Progress {
        let body = Body { codes: &[], table_revision: revision, client_version: &self.version };
        let Ok(body) = serde_json::to_vec(&body) else { return Progress::Idle };
        let (arrival, delay, message) = self.sender.post(&Uuid::new_v4().simple().to_string(), body).await;
        if arrival != Arrival::Accepted {
            warn!(reason = message, "failed to send a heartbeat");
        }
        // A refused heartbeat is repeated later, not at once.
        match self.sender.note(arrival, delay, message) {
            Progress::Settled if arrival == Arrival::Rejected => Progress::Retry(Some(HEARTBEAT)),
            progress => progress,
        }
    }

    async fn send_heartbeat_if_due(&self, revision: Option<u64>) -> Progress {
        if self.until_heartbeat().is_zero() { self.send_heartbeat(revision).await } else { Progress::Idle }
    }

    fn until_heartbeat(&self) -> Duration {
        self.sender.since_accepted().map_or(Duration::ZERO, |since| HEARTBEAT.saturating_sub(since))
    }
}
