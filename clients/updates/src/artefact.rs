//! The download of an artefact: into a temporary file, with limits of length and time, and its SHA-256.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use centops_network_api::TransportError;
use centops_network_api::file;
use centops_network_api::transport::{client_builder, invalid_tls, with_causes};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, StatusCode};
use tempfile::NamedTempFile;
use tokio::task::{JoinError, spawn_blocking};

use crate::answer::Artefact;
use crate::config::{Config, is_secure};
use crate::refusal::Refusal;
use crate::transport::USER_AGENT;

/// The limit of redirects.
const MAX_REDIRECTS: usize = 5;

/// An error of a download. There is no file.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The artefact was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The file cannot be written.
    #[error("cannot write {path}: {cause}", path = path.display())]
    File {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        cause: std::io::Error,
    },
    /// A task ended early because the runtime is shutting down.
    #[error(transparent)]
    Task(#[from] JoinError),
}

/// Downloads artefacts. It has no client certificate: artefacts may be anywhere.
#[derive(Debug)]
pub(crate) struct Downloader {
    http: Client,
    timeout: Duration,
    max_bytes: u64,
    allow_loopback_http: bool,
}

impl Downloader {
    pub(crate) fn new(config: &Config) -> Result<Self, TransportError> {
        let allow_loopback_http = config.allow_loopback_http;
        let redirects = Policy::custom(move |attempt| follow(attempt, allow_loopback_http));
        let http = client_builder(USER_AGENT, config.authorities.as_deref())?
            // The digest is that of the bytes as they are transferred.
            .no_gzip()
            .no_zstd()
            .connect_timeout(config.timeout)
            .redirect(redirects)
            .build()
            .map_err(|error| invalid_tls(&error))?;
        let (timeout, max_bytes) = (config.download_timeout, config.max_artefact_bytes);
        Ok(Self { http, timeout, max_bytes, allow_loopback_http })
    }

    /// Downloads an artefact to `path`. The file appears only after its length and digest are verified.
    pub(crate) async fn download(&self, artefact: &Artefact, path: &Path) -> Result<(), DownloadError> {
        if artefact.length > self.max_bytes {
            return Err(Refusal::TooLarge { limit: self.max_bytes }.into());
        }
        if !is_secure(&artefact.url, self.allow_loopback_http) {
            return Err(Refusal::Artefact(format!("{} is not an https URL", artefact.url)).into());
        }
        let transfer = tokio::time::timeout(self.timeout, self.transfer(artefact, path));
        let file = transfer.await.map_err(|_| Refusal::Slow(self.timeout))??;
        let target = path.to_owned();
        spawn_blocking(move || file::persist(file, &target)).await?.map_err(|cause| failed(path, cause))
    }

    async fn transfer(&self, artefact: &Artefact, path: &Path) -> Result<NamedTempFile, DownloadError> {
        let response = self.http.get(artefact.url.clone()).send().await.map_err(refused)?;
        if response.status() != StatusCode::OK {
            return Err(Refusal::Artefact(format!("the server responded with status {}", response.status())).into());
        }
        let mut file = file::create_beside(path, ".artefact-").map_err(|cause| failed(path, cause))?;
        let digest =
            copy(response, artefact.length, |chunk| file.write_all(chunk).map_err(|cause| failed(path, cause)));
        if digest.await?.finish().as_ref() != artefact.sha256.as_bytes() {
            return Err(Refusal::Artefact("its SHA-256 is another one".to_owned()).into());
        }
        Ok(file)
    }
}

/// Passes the body to `write` and returns its digest. Stops at the first byte beyond `length`.
async fn copy(
    mut response: Response,
    length: u64,
    mut write: impl FnMut(&[u8]) -> Result<(), DownloadError>,
) -> Result<Context, DownloadError> {
    let (mut digest, mut received) = (Context::new(&SHA256), 0);
    while let Some(chunk) = response.chunk().await.map_err(refused)? {
        received += chunk.len() as u64;
        if received > length {
            return Err(Refusal::TooLarge { limit: length }.into());
        }
        digest.update(&chunk);
        write(&chunk)?;
    }
    if received < length {
        return Err(Refusal::Artefact(format!("it has {received} bytes instead of {length}")).into());
    }
    Ok(digest)
}

fn follow(attempt: Attempt, allow_loopback_http: bool) -> reqwest::redirect::Action {
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error("too many redirects");
    }
    if is_secure(attempt.url(), allow_loopback_http) {
        return attempt.follow();
    }
    attempt.error("a redirect to a URL that is not https")
}

// By value, for `map_err`.
#[allow(clippy::needless_pass_by_value)]
fn refused(error: reqwest::Error) -> DownloadError {
    Refusal::Artefact(with_causes(&error)).into()
}

fn failed(path: &Path, cause: std::io::Error) -> DownloadError {
    DownloadError::File { path: path.to_owned(), cause }
}
