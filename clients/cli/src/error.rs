//! Errors of commands, and exit codes.

use std::{fmt::Display, io};

use centops_client::ClientError;

/// An error of a command.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The arguments do not fit together.
    #[error("{0}")]
    Usage(String),
    /// A file cannot be read or written.
    #[error("{file}: {reason}")]
    File {
        /// Its path.
        file: String,
        /// The reason.
        reason: String,
    },
    /// Manifests are invalid.
    #[error("{}", .0.join("\n"))]
    Invalid(Vec<String>),
    /// The request failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Something else than was expected is on the server.
    #[error("{0}")]
    Conflict(String),
    /// What was asked for does not exist.
    #[error("{0}")]
    NotFound(String),
    /// A question was not answered with yes.
    #[error("nothing was done: {0}")]
    NotConfirmed(String),
    /// The output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    /// A key or certificate cannot be made or read.
    #[error("{0}")]
    Key(String),
    /// What was waited for did not happen.
    #[error("{0}")]
    Waited(String),
}

/// Exit codes. `diff` has 0, 1 and 2 only.
pub mod exit {
    /// All is well.
    pub const OK: u8 = 0;
    /// Any other error: arguments, files, connections, answers.
    pub const ERROR: u8 = 1;
    /// `diff`: the server differs from the files.
    pub const DIFFERS: u8 = 2;
    /// What was named does not exist (404).
    pub const NOT_FOUND: u8 = 3;
    /// The caller is not known or not permitted (401, 403).
    pub const REFUSED: u8 = 4;
    /// Somebody else changed it, or its state does not permit the change (409, 412).
    pub const CONFLICT: u8 = 5;
    /// A question was not answered with yes, or what was waited for did not happen.
    pub const NOT_DONE: u8 = 6;
}

impl CliError {
    /// Returns the error of a file.
    pub fn file(file: impl Display, reason: impl Display) -> Self {
        Self::File { file: file.to_string(), reason: reason.to_string() }
    }

    /// Returns the exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::NotFound(_) => exit::NOT_FOUND,
            Self::Conflict(_) => exit::CONFLICT,
            Self::NotConfirmed(_) | Self::Waited(_) => exit::NOT_DONE,
            Self::Client(error) => match error.status() {
                Some(404) => exit::NOT_FOUND,
                Some(401 | 403) => exit::REFUSED,
                Some(409 | 412) => exit::CONFLICT,
                _ => exit::ERROR,
            },
            _ => exit::ERROR,
        }
    }
}
