//! The background worker: refreshes the table, publishes it to readers, and saves it.
//!
//! Readers load the current table from an atomic pointer and take no lock. Writers hold the updater's mutex while
//! they apply an update and store the pointer. One refresh runs at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use centops_network_api::{KeyRefresh, Keys, SignatureError, TransportError};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, spawn_blocking};
use tracing::{debug, info, warn};

use crate::config::{Config, KeySource};
use crate::error::UpdateError;
use crate::lookup::ConfirmedTable;
use crate::persistence::Persistence;
use crate::protocol::{RouteRequest, RouteResponse};
use crate::schedule::poll_delay;
use crate::status::Status;
use crate::transport::Transport;
use crate::updater::{UpdateOutcome, Updater};

/// The requests of one refresh: a delta, a gap, a full table, and one for a push that came in between.
const MAX_REQUESTS: usize = 4;
/// An error of a refresh. The current table stays.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The request failed.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The response was rejected.
    #[error("the response was rejected: {0}")]
    Rejected(#[from] UpdateError),
    /// Every response required another request.
    #[error("no response completed the refresh after {MAX_REQUESTS} requests")]
    NoProgress,
    /// A task ended early because the runtime is shutting down.
    #[error(transparent)]
    Task(#[from] JoinError),
}

/// The state that the client and the background task share.
pub(crate) struct Worker {
    config: Config,
    transport: Transport,
    updater: Mutex<Updater>,
    current: ArcSwapOption<ConfirmedTable>,
    persistence: Option<Persistence>,
    /// Held during a refresh, so that one runs at a time.
    refresh: tokio::sync::Mutex<KeyRefresh>,
    /// Wakes the background task before the next poll is due.
    wake: Notify,
    status: watch::Sender<Status>,
}

impl Worker {
    /// Creates a worker with the saved table, if there is one.
    pub(crate) async fn new(config: Config, transport: Transport) -> Arc<Self> {
        let keys = match &config.keys {
            KeySource::Pinned(keys) => keys.clone(),
            KeySource::Fetched => Keys::default(),
        };
        let persistence = config.file.clone().map(|path| Persistence::new(path, config.save_interval));
        let (updater, persistence) = restore(persistence, keys, &config).await;
        let now = (config.clock)();
        let worker = Arc::new(Self {
            status: watch::Sender::new(updater.status(now)),
            current: ArcSwapOption::new(updater.current().cloned().map(Arc::new)),
            updater: Mutex::new(updater),
            refresh: tokio::sync::Mutex::default(),
            wake: Notify::new(),
            config,
            transport,
            persistence,
        });
        worker.publish_status(None);
        worker
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.config.clock)()
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    pub(crate) fn current(&self) -> &ArcSwapOption<ConfirmedTable> {
        &self.current
    }

    pub(crate) fn status(&self) -> &watch::Sender<Status> {
        &self.status
    }

    /// Polls CentOps until the task is aborted.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut failures = 0_u32;
        let mut delay = if self.current.load().is_some() { self.poll_delay(0) } else { Duration::ZERO };
        loop {
            tokio::select! {
                () = tokio::time::sleep(delay) => {}
                () = self.wake.notified() => {}
            }
            match self.refresh().await {
                Ok(_) => {
                    if failures > 0 {
                        info!(failures, "route table refresh recovered");
                    }
                    failures = 0;
                }
                Err(_) => failures = failures.saturating_add(1),
            }
            delay = self.poll_delay(failures);
        }
    }

    /// Wakes the background task: it refreshes at once.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Changes the updater and publishes its table before the next change.
    pub(crate) fn update<T>(&self, change: impl FnOnce(&mut Updater) -> T) -> T {
        let mut updater = self.updater();
        let result = change(&mut updater);
        if updater.current() != self.current.load().as_deref() {
            self.current.store(updater.current().cloned().map(Arc::new));
        }
        result
    }

    /// Publishes the status with the error of the last refresh.
    pub(crate) fn publish_status(&self, request_error: Option<String>) {
        let mut status = self.updater().status(self.now());
        status.request_error = request_error;
        status.file_error = self.persistence.as_ref().and_then(Persistence::error);
        self.status.send_replace(status);
    }

    /// Refreshes the table, saves it if a save is due, and publishes the status.
    pub(crate) async fn refresh(self: &Arc<Self>) -> Result<UpdateOutcome, RefreshError> {
        let result = self.exchange(&mut *self.refresh.lock().await).await;
        match &result {
            Ok(outcome) => debug!(?outcome, "route table refreshed"),
            Err(error) => warn!(%error, "route table refresh failed"),
        }
        let worker = Arc::clone(self);
        spawn_blocking(move || worker.save_if_due()).await?;
        self.publish_status(match &result {
            Ok(_) | Err(RefreshError::Rejected(_)) => None,
            Err(error) => Some(error.to_string()),
        });
        result
    }

    /// Sends requests until a response completes the refresh.
    async fn exchange(self: &Arc<Self>, key_refresh: &mut KeyRefresh) -> Result<UpdateOutcome, RefreshError> {
        for _ in 0..MAX_REQUESTS {
            let (request, now) = (self.updater().next_request(), self.now());
            self.refresh_keys_if_due(key_refresh, now).await?;
            let response = self.transport.send(request).await?;
            let mut result = self.apply(request, response.clone(), now).await?;
            if matches!(result, Err(UpdateError::Signature(SignatureError::UnknownKey(_))))
                && key_refresh.may_request_unknown(&self.config.keys, now)
            {
                self.fetch_keys(key_refresh, now).await?;
                result = self.apply(request, response, now).await?;
            }
            match result? {
                UpdateOutcome::RequestAgain => {}
                outcome => return Ok(outcome),
            }
        }
        Err(RefreshError::NoProgress)
    }

    /// Applies a response. Uses a blocking thread for tables: verifying and sorting a large one takes a while.
    async fn apply(
        self: &Arc<Self>,
        request: RouteRequest,
        response: RouteResponse,
        sent_at: Timestamp,
    ) -> Result<Result<UpdateOutcome, UpdateError>, JoinError> {
        if matches!(response, RouteResponse::Unchanged | RouteResponse::Gone) {
            return Ok(self.update(|updater| updater.apply_response(request, response, sent_at)));
        }
        let worker = Arc::clone(self);
        spawn_blocking(move || worker.update(|updater| updater.apply_response(request, response, sent_at))).await
    }

    async fn refresh_keys_if_due(&self, key_refresh: &mut KeyRefresh, now: Timestamp) -> Result<(), TransportError> {
        if !key_refresh.is_due(&self.config.keys, now) {
            return Ok(());
        }
        match self.fetch_keys(key_refresh, now).await {
            Err(error) if self.updater().keys().is_empty() => {
                // Nothing can be verified without a key: the next refresh tries again.
                key_refresh.reset();
                Err(error)
            }
            Err(error) => {
                warn!(%error, "public keys not refreshed: the known keys stay in use");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    async fn fetch_keys(&self, key_refresh: &mut KeyRefresh, now: Timestamp) -> Result<(), TransportError> {
        key_refresh.record_request(now);
        let keys = self.transport.fetch_keys().await?;
        self.update(|updater| updater.set_keys(keys));
        Ok(())
    }

    /// Saves the table if the save schedule says so.
    fn save_if_due(&self) {
        self.save_when(Persistence::is_due);
    }

    /// Saves the table now.
    pub(crate) fn save(&self) {
        self.save_when(|_, _| true);
    }

    fn save_when(&self, is_due: impl FnOnce(&Persistence, &ConfirmedTable) -> bool) {
        let Some(persistence) = &self.persistence else { return };
        // Copies handles of the documents, so that the lock is not held during the write.
        let due = {
            let updater = self.updater();
            let current = updater.current().filter(|current| is_due(persistence, current));
            current.map(|current| current.table.revision()).zip(updater.saved())
        };
        if let Some((revision, saved)) = due {
            persistence.save(&saved, revision);
        }
    }

    fn poll_delay(&self, failures: u32) -> Duration {
        poll_delay(self.config.interval, self.config.max_delay, failures, fastrand::f64())
    }

    fn updater(&self) -> MutexGuard<'_, Updater> {
        self.updater.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns an updater with the saved table, or an empty one if the file is missing or rejected.
async fn restore(persistence: Option<Persistence>, keys: Keys, config: &Config) -> (Updater, Option<Persistence>) {
    let (policy, now) = (config.policy, (config.clock)());
    let empty = Updater::new(policy, keys.clone());
    let Some(persistence) = persistence else { return (empty, None) };
    let reading = spawn_blocking(move || {
        let updater = persistence.load(policy, keys, now);
        (updater, persistence)
    });
    // Fails only if the runtime is shutting down; then no table is needed.
    let Ok((updater, persistence)) = reading.await else { return (empty, None) };
    (updater.unwrap_or(empty), Some(persistence))
}
