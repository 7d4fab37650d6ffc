//! Errors of the spool.

use std::path::PathBuf;

/// An error of the spool's folder.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The folder or a file cannot be read or written.
    #[error("cannot {action} {path}: {cause}", path = path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// The action that failed, such as `write`.
        action: &'static str,
        /// The error of the operating system.
        cause: std::io::Error,
    },
    /// Another process uses the folder.
    #[error("another process uses the spool {path}", path = .0.display())]
    Locked(PathBuf),
    /// The state file is truncated or changed.
    #[error("{path} is truncated or changed: move it away to start with new counts", path = .0.display())]
    CorruptState(PathBuf),
    /// The batch cannot be encoded.
    #[error("cannot encode the batch: {0}")]
    Encode(#[from] serde_json::Error),
    /// The spool is full, and [`WhenFull::Refuse`](crate::WhenFull::Refuse) is set.
    #[error("the spool is full")]
    Full,
}
