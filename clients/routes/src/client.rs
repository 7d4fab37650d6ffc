//! The route client of a running DMR: refreshes the table in the background and answers lookups without a lock.

use std::sync::Arc;

use centops_network_api::{SignatureError, SignedBody, TransportError};
use tokio::sync::watch;
use tokio::task::{AbortHandle, spawn_blocking};
use tracing::debug;

use crate::config::{Config, KeySource};
use crate::error::UpdateError;
use crate::lookup::{ConfirmedTable, Lookup};
use crate::status::Status;
use crate::transport::{RoutingState, Transport};
use crate::updater::UpdateOutcome;
use crate::worker::{RefreshError, Worker};

/// An error of the settings: the client can never send a request.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The URL, the certificate or the authorities are invalid.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Keys would be fetched over an unauthenticated connection.
    #[error("keys are fetched over https only: use an https URL, or pin the keys")]
    InsecureKeys,
}

/// The route table of a DMR. Polling stops when the client is dropped.
pub struct RouteClient {
    worker: Arc<Worker>,
    background: AbortHandle,
}

impl RouteClient {
    /// Restores the saved table and starts polling in the background, at once if there is no table.
    ///
    /// Must be called within a Tokio runtime with time and I/O enabled.
    ///
    /// # Errors
    /// Returns an error if the settings are invalid. An unusable file or an unavailable CentOps is not an error:
    /// [`RouteClient::status`] shows it.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        if matches!(config.keys, KeySource::Fetched) && config.url.scheme() != "https" {
            return Err(StartError::InsecureKeys);
        }
        let transport = Transport::new(&config)?;
        let worker = Worker::new(config, transport).await;
        let background = tokio::spawn(Arc::clone(&worker).run()).abort_handle();
        Ok(Self { worker, background })
    }

    /// Returns the route to a chatbot. Takes no lock and never waits.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Lookup {
        let (current, max_age) = (self.worker.current().load(), self.worker.config().policy.max_age);
        current.as_ref().map_or(Lookup::NoTable, |current| current.lookup(name, max_age, self.worker.now()))
    }

    /// Returns the current table, however old; `None` before the first table.
    #[must_use]
    pub fn current(&self) -> Option<Arc<ConfirmedTable>> {
        self.worker.current().load_full()
    }

    /// Returns the status: revision, age, rejected updates and errors.
    #[must_use]
    pub fn status(&self) -> Status {
        let mut status = self.worker.status().borrow().clone();
        if let Some(current) = &*self.worker.current().load() {
            let age = current.age(self.worker.now());
            (status.age, status.expired) = (Some(age), age > self.worker.config().policy.max_age);
        }
        status
    }

    /// Returns a receiver that is notified after each refresh and each pushed delta.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.worker.status().subscribe()
    }

    /// Applies a delta of the route topic: the message's text and its attribute `signature`.
    ///
    /// If an earlier delta is missing, the result is `RequestAgain` and the background refreshes at once.
    ///
    /// # Errors
    /// Returns an error if the delta is rejected. The current table stays.
    pub fn push(&self, signature: &str, body: &[u8]) -> Result<UpdateOutcome, UpdateError> {
        let now = self.worker.now();
        let result = self.worker.update(|updater| updater.apply_push(SignedBody::new(signature, body), now));
        if matches!(
            result,
            Ok(UpdateOutcome::RequestAgain) | Err(UpdateError::Signature(SignatureError::UnknownKey(_)))
        ) {
            self.worker.wake();
        }
        let request_error = self.worker.status().borrow().request_error.clone();
        self.worker.publish_status(request_error);
        result
    }

    /// Refreshes the table now and waits for the result. The background refreshes it anyway.
    ///
    /// # Errors
    /// Returns an error if the request fails or the response is rejected. The current table stays.
    pub async fn refresh(&self) -> Result<UpdateOutcome, RefreshError> {
        self.worker.refresh().await
    }

    /// Requests the routing state of one chatbot from CentOps: the reason why it has no route.
    ///
    /// # Errors
    /// Returns an error if the request fails.
    pub async fn routing_state(&self, name: &str) -> Result<RoutingState, TransportError> {
        self.worker.transport().fetch_routing_state(name).await
    }

    /// Stops polling and saves the table.
    pub async fn close(&self) {
        self.background.abort();
        let worker = Arc::clone(&self.worker);
        if spawn_blocking(move || worker.save()).await.is_err() {
            debug!("route table not saved: the runtime is shutting down");
        }
    }
}

impl Drop for RouteClient {
    fn drop(&mut self) {
        self.background.abort();
    }
}
