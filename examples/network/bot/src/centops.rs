//! Reports logs and versions to CentOps, with the bot's certificate.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Certificate, Client, Identity};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tracing::{error, info, warn};
use uuid::Uuid;

const TIMEOUT: Duration = Duration::from_secs(10);
const INTERVAL: Duration = Duration::from_secs(1);
/// The most entries of a batch, and of those that wait.
const BATCH: usize = 1000;
const WAITING: usize = 10_000;

/// An error of the connection's set-up.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A file cannot be read.
    #[error("cannot read {path}: {1}", path = .0.display())]
    File(PathBuf, std::io::Error),
    /// The certificate or key is wrong.
    #[error("cannot use the certificate: {0}")]
    Tls(#[from] reqwest::Error),
}

/// The sender of log entries. Entries that do not fit any more are dropped and counted in the bot's own log.
#[derive(Clone, Debug)]
pub struct Logs(mpsc::Sender<Value>);

impl Logs {
    /// Adds an entry; never waits. `message` must not contain what a visitor wrote.
    pub fn add(&self, level: &str, message: &str) {
        let entry = json!({"at": Timestamp::now().to_string(), "level": level, "message": message});
        if self.0.try_send(entry).is_err() {
            warn!("log entry dropped: too many wait");
        }
    }
}

/// The Network API with the certificate of a chatbot.
#[derive(Debug)]
pub struct CentOps {
    http: Client,
    base: String,
}

impl CentOps {
    /// Connects with a certificate, its key and the authorities of the Network API (PEM files).
    ///
    /// # Errors
    /// Returns an error if a file cannot be read or used.
    pub fn connect(base: &str, certificate: &Path, key: &Path, authorities: &Path) -> Result<Self, ConnectError> {
        let mut identity = read(certificate)?;
        identity.extend(read(key)?);
        let http = Client::builder()
            .identity(Identity::from_pem(&identity)?)
            .tls_certs_only(Certificate::from_pem_bundle(&read(authorities)?)?)
            .timeout(TIMEOUT)
            .no_proxy()
            .build()?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned() })
    }

    /// Reports the versions, then sends log entries once a second, for ever. A batch is sent again with the same key until
    /// CentOps takes or refuses it.
    #[must_use]
    pub fn start(self, versions: Value) -> Logs {
        let (sender, mut entries) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            self.until_taken(|| self.http.put(format!("{}/versions", self.base)).json(&versions)).await;
            let mut batch = Vec::new();
            while entries.recv_many(&mut batch, BATCH).await > 0 {
                let (key, body) = (Uuid::new_v4().simple().to_string(), json!({"logs": batch}));
                let request = || self.http.post(format!("{}/logs", self.base)).header("Idempotency-Key", &key);
                self.until_taken(|| request().json(&body)).await;
                batch.clear();
                tokio::time::sleep(INTERVAL).await;
            }
        });
        Logs(sender)
    }

    async fn until_taken(&self, request: impl Fn() -> reqwest::RequestBuilder) {
        loop {
            match request().send().await {
                Ok(response) if response.status().is_success() => return,
                Ok(response) if response.status().is_client_error() && response.status() != 429 => {
                    error!(status = %response.status(), "report refused");
                    return;
                }
                Ok(response) => info!(status = %response.status(), "report will be sent again"),
                Err(error) => info!(%error, "report will be sent again"),
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

/// Returns entries that go nowhere, for a bot outside the network.
#[must_use]
pub fn no_logs() -> Logs {
    let (sender, mut entries) = mpsc::channel(1);
    tokio::spawn(async move { while entries.recv().await.is_some() {} });
    Logs(sender)
}

fn read(path: &Path) -> Result<Vec<u8>, ConnectError> {
    std::fs::read(path).map_err(|error| ConnectError::File(path.to_owned(), error))
}
