//! The trusted state: what the accepted answers say, to compare later ones with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use centops_network_api::{Keys, file};
use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

const FORMAT: &str = "centops-updates 1";

/// What a client trusts of the answers that it accepted. It never expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustedState {
    /// The name of the chatbot that answers must be for.
    pub chatbot: String,
    /// The chatbot's enrolment. Without one, that of the first accepted answer is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enrolment: Option<Timestamp>,
    /// The last accepted answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<TrustedAnswer>,
    /// The newest offered release of each component whose release keys are pinned.
    #[serde(default)]
    pub releases: BTreeMap<String, TrustedRelease>,
}

/// What is kept of the last accepted answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustedAnswer {
    /// The key that signed it.
    pub key_id: String,
    /// Its time.
    pub issued_at: Timestamp,
    /// The end of its validity.
    pub expires_at: Timestamp,
    /// Its counter.
    pub counter: u64,
    /// Its catalogue.
    pub catalogue: u64,
    /// Its rollbacks. They may be offered again without a rise of the counter.
    #[serde(default)]
    pub rollbacks: Vec<TrustedRollback>,
}

/// A rollback that was offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustedRollback {
    /// The component.
    pub component: String,
    /// The version.
    pub to: Version,
    /// The number of the attempt.
    pub attempt: u32,
}

/// What is kept of the releases of one component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrustedRelease {
    /// The key that signed the statement with the highest counter.
    pub key_id: String,
    /// The highest release counter.
    pub counter: u64,
    /// The newest release that cannot be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub irreversible: Option<Version>,
}

/// An error of the file of the trusted state.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// The file cannot be read or written.
    #[error("cannot {action} {path}: {cause}", path = path.display())]
    Io {
        /// The path of the file.
        path: PathBuf,
        /// The action that failed: `read` or `write`.
        action: &'static str,
        /// The error of the operating system.
        cause: std::io::Error,
    },
    /// The content is not a trusted state.
    #[error("{path} is not a trusted state: {cause}; delete it to trust the next valid answer", path = path.display())]
    Malformed {
        /// The path of the file.
        path: PathBuf,
        /// The error of the content.
        cause: serde_json::Error,
    },
    /// The file is of another format or another enrolment.
    #[error("{path} is of another format, chatbot or enrolment; use another file", path = path.display())]
    Foreign {
        /// The path of the file.
        path: PathBuf,
    },
}

#[derive(Serialize, Deserialize)]
struct Document<T> {
    format: String,
    #[serde(flatten)]
    state: T,
}

impl TrustedState {
    /// Returns the state before the first answer.
    #[must_use]
    pub fn new(chatbot: impl Into<String>, enrolment: Option<Timestamp>) -> Self {
        Self { chatbot: chatbot.into(), enrolment, answer: None, releases: BTreeMap::new() }
    }

    /// Returns the time of a check at `now`: never before the last accepted answer, whatever the clock says.
    #[must_use]
    pub fn time(&self, now: Timestamp) -> Timestamp {
        self.answer.as_ref().map_or(now, |answer| now.max(answer.issued_at))
    }

    /// Returns the answer that counters are compared with, or `None` if its key was replaced: the counters start anew.
    ///
    /// A key was replaced when it is not among the trusted keys any more. While CentOps publishes the old key beside
    /// the new one, the counters go on.
    pub(crate) fn comparable(&self, keys: &Keys) -> Option<&TrustedAnswer> {
        self.answer.as_ref().filter(|answer| keys.contains(&answer.key_id))
    }

    /// Saves the state atomically: after a crash the file has the old state or the new one.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written. The old file stays.
    pub fn save(&self, path: &Path) -> Result<(), StateFileError> {
        let failed = |cause| StateFileError::Io { path: path.to_owned(), action: "write", cause };
        let document = Document { format: FORMAT.to_owned(), state: self };
        let content = serde_json::to_vec(&document).map_err(|error| failed(error.into()))?;
        file::replace(path, ".updates-", &content).map_err(failed)
    }

    /// Loads the state of `chatbot` from a file, or returns a new state if the file does not exist.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or has no state of this enrolment of the chatbot.
    pub fn load(path: &Path, chatbot: &str, enrolment: Option<Timestamp>) -> Result<Self, StateFileError> {
        let content = match std::fs::read(path) {
            Ok(content) => content,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::new(chatbot, enrolment)),
            Err(cause) => return Err(StateFileError::Io { path: path.to_owned(), action: "read", cause }),
        };
        let Document { format, state } = serde_json::from_slice::<Document<Self>>(&content)
            .map_err(|cause| StateFileError::Malformed { path: path.to_owned(), cause })?;
        let is_enrolment = enrolment.is_none() || state.enrolment == enrolment;
        if format != FORMAT || state.chatbot != chatbot || !is_enrolment {
            return Err(StateFileError::Foreign { path: path.to_owned() });
        }
        Ok(state)
    }
}
