//! Records outcomes as they happen, for a DMR that sends messages itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::task::spawn_blocking;
use tracing::error;

use crate::batcher::Batcher;
use crate::code::{Code, Outcome};
use crate::error::SpoolError;
use crate::reporter::Reporter;

/// The delay after the disk failed.
const DISK_DELAY: Duration = Duration::from_secs(1);
/// The most codes that wait while the disk fails. Beyond it the oldest are dropped.
const MAX_WAITING: usize = 100_000;

/// Collects outcomes into batches and has them reported.
#[derive(Debug)]
pub struct Recorder {
    reporter: Arc<Reporter>,
    batcher: Mutex<Batcher>,
    changed: Notify,
}

impl Recorder {
    /// Creates a recorder whose batches `reporter` sends.
    #[must_use]
    pub fn new(reporter: Arc<Reporter>) -> Self {
        Self { reporter, batcher: Mutex::default(), changed: Notify::new() }
    }

    /// Returns the reporter.
    #[must_use]
    pub fn reporter(&self) -> &Arc<Reporter> {
        &self.reporter
    }

    /// Records the outcome of one message. Never waits for the disk or the network.
    pub fn add(&self, chatbot: &str, at: Timestamp, outcome: Outcome) {
        let mut batcher = self.batcher();
        batcher.push(Code { chatbot: chatbot.to_owned(), at, outcome }, Instant::now());
        if batcher.len() > MAX_WAITING {
            let dropped = batcher.take(Instant::now()).len();
            error!(dropped, "codes dropped: the spool cannot be written");
        }
        drop(batcher);
        self.changed.notify_one();
    }

    /// Stores all outcomes as batches, whether they are due or not. `revision` is that of the route table.
    ///
    /// # Errors
    /// Returns an error if a batch cannot be written. Its outcomes stay.
    pub fn store(&self, revision: Option<u64>) -> Result<(), SpoolError> {
        let mut batcher = self.batcher();
        while !batcher.is_empty() {
            let codes = batcher.take(Instant::now());
            if let Err(error) = self.reporter.store(&codes, None, revision) {
                batcher.put_back(codes);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Stores batches when they are due and sends them, for ever. `revision` returns the revision of the route table.
    pub async fn run(self: Arc<Self>, revision: impl Fn() -> Option<u64>) {
        tokio::join!(self.reporter.run(&revision), self.store_due(&revision));
    }

    async fn store_due(self: &Arc<Self>, revision: impl Fn() -> Option<u64>) {
        loop {
            let due = self.batcher().due();
            match due {
                Some(due) if due <= Instant::now() => {
                    let (recorder, revision) = (Arc::clone(self), revision());
                    if let Ok(Err(error)) = spawn_blocking(move || recorder.store(revision)).await {
                        error!(%error, "failed to store codes");
                        tokio::time::sleep(DISK_DELAY).await;
                    }
                }
                Some(due) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(due.into()) => {}
                        () = self.changed.notified() => {}
                    }
                }
                None => self.changed.notified().await,
            }
        }
    }

    fn batcher(&self) -> MutexGuard<'_, Batcher> {
        self.batcher.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
