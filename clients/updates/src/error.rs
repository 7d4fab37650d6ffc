//! Errors of an update client.

use std::time::Duration;

use centops_network_api::TransportError;
use tokio::task::JoinError;

use crate::artefact::DownloadError;
use crate::refusal::Refusal;
use crate::trust::StateFileError;
use crate::verify::MAX_ANSWER_BYTES;

/// An error of the settings: the client can never send a request, or has no usable file.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The URL, the certificate or the authorities are invalid.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The requests would not be encrypted, or keys would be fetched over an unauthenticated connection.
    #[error("the URL is not https")]
    Insecure,
    /// The trusted state cannot be loaded.
    #[error(transparent)]
    File(#[from] StateFileError),
    /// A task ended early because the runtime is shutting down.
    #[error(transparent)]
    Task(#[from] JoinError),
}

/// An error of a check. The trusted state stays, and what is installed goes on.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The answer was refused.
    #[error("the answer was refused: {0}")]
    Refused(#[from] Refusal),
    /// The request failed.
    #[error(transparent)]
    Transport(TransportError),
    /// The trusted state cannot be saved, so the answer cannot be used.
    #[error(transparent)]
    File(#[from] StateFileError),
    /// The system has no randomness for a nonce.
    #[error("the system has no randomness")]
    Randomness,
    /// A task ended early because the runtime is shutting down.
    #[error(transparent)]
    Task(#[from] JoinError),
}

/// An error of a report. Nothing may be started if it was for `accepted`.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The offer is not one of the last accepted answer, or its lease is over.
    #[error("the offer is not valid any more: check again")]
    NotOffered,
    /// CentOps has the update in another state: it was paused, superseded, or has another attempt.
    #[error("CentOps does not accept the state: {0}")]
    Conflict(String),
    /// The request failed, or CentOps refused it.
    #[error(transparent)]
    Transport(TransportError),
    /// There was no response in time.
    #[error("no response within {0:?}")]
    Slow(Duration),
}

/// An error of [`UpdateClient::download`](crate::UpdateClient::download). There is no file.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The download failed. It was reported as `failed`.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// CentOps does not want the update any more: nothing was downloaded.
    #[error(transparent)]
    Report(#[from] ReportError),
}

impl From<TransportError> for CheckError {
    fn from(error: TransportError) -> Self {
        match error {
            // CentOps did respond.
            TransportError::TooLarge => Refusal::TooLarge { limit: MAX_ANSWER_BYTES as u64 }.into(),
            error => Self::Transport(error),
        }
    }
}
