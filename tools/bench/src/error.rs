//! The error of every measurement.

use std::path::PathBuf;

use centops_store::StoreError;

use crate::etcd::EtcdError;
use crate::runtime_api::SandboxError;
use crate::table::TableError;

/// A figure cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// There is nothing to measure.
    #[error("there is no bootstrap in {path}: run `make release`", path = .0.display())]
    NoBootstraps(PathBuf),
    /// The bootstraps are not those that are deployed.
    #[error(
        "{path} {problem}: only bootstraps of the profile `release` are measured; run `make release`",
        path = path.display()
    )]
    Profile {
        /// The note of the build.
        path: PathBuf,
        /// The difference from a note of the profile `release`.
        problem: String,
    },
    /// A file cannot be read.
    #[error("{path} cannot be read: {reason}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason that the system gives.
        reason: std::io::Error,
    },
    /// A part of the bench itself failed.
    #[error("the bench failed: {0}")]
    Io(#[from] std::io::Error),
    /// The table does not run, or cannot be filled.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The store failed in a way that no injected fault causes.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A writer of a history failed in a way that no injected fault causes.
    #[error("a writer failed: {0}")]
    Writer(String),
    /// etcd does not run, or did not answer.
    #[error(transparent)]
    Etcd(#[from] EtcdError),
    /// Prometheus or its exporter is not installed.
    #[error(
        "prometheus and prometheus-blackbox-exporter are not on the PATH: install them (Debian packages of these names), \
         then run this again"
    )]
    MissingMonitor,
    /// Alertmanager is not installed.
    #[error(
        "prometheus-alertmanager is not on the PATH: install it (Debian: apt install prometheus-alertmanager), then \
             run this again"
    )]
    MissingAlertmanager,
    /// `template.yaml` does not say how a queue delivers messages.
    #[error("template.yaml does not have VisibilityTimeout, BatchSize and MaximumConcurrency of {0}")]
    Template(String),
    /// The function did not run.
    #[error("{function}: {reason}")]
    Sandbox {
        /// The function.
        function: String,
        /// The reason.
        reason: SandboxError,
    },
    /// The function returned another response than the one that is measured.
    #[error("{function} returned {response}; the bench measures responses of status {expected}")]
    UnexpectedResponse {
        /// The function.
        function: String,
        /// The beginning of the response.
        response: String,
        /// The status that the figure is about.
        expected: u16,
    },
}
