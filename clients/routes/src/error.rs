//! Reasons to reject an update.

use centops_network_api::SignatureError;
use jiff::Timestamp;

/// The reason why an update was rejected. The current table stays in use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// The signature is missing or not accepted.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The body is not valid JSON of the expected form.
    #[error("the body is malformed: {0}")]
    Malformed(String),
    /// The table has another number of routes than the body declares in `count`.
    #[error("the body declares {declared} routes, but the table has {actual}")]
    CountMismatch {
        /// The `count` of the body.
        declared: usize,
        /// The number of routes after the update.
        actual: usize,
    },
    /// A name occurs twice.
    #[error("the name {0} occurs twice")]
    DuplicateName(String),
    /// The routes are not sorted by name.
    #[error("the routes are not sorted by name: {0} is out of order")]
    Unsorted(String),
    /// The pages are not one table: they differ in revision, time or count, or a page or a later delta is missing.
    #[error("the pages and deltas are not those of one table")]
    InconsistentPages,
    /// The update is older than the current table.
    #[error("revision {received} is older than the current revision {current}")]
    Rollback {
        /// The revision of the current table.
        current: u64,
        /// The revision of the update.
        received: u64,
    },
    /// The delta does not begin at the current revision.
    #[error("the delta begins at revision {since}, the current revision is {current}")]
    Gap {
        /// The revision of the current table.
        current: u64,
        /// The revision at which the delta begins.
        since: u64,
    },
    /// The full table lacks too many current routes. A full table has no tombstones that would explain it.
    #[error("the full table lacks {missing} of {current} routes; held down until {until}")]
    Shrunk {
        /// The number of routes in the current table.
        current: usize,
        /// The number of them that the full table lacks.
        missing: usize,
        /// From this time on the table is accepted, if CentOps still sends it.
        until: Timestamp,
    },
    /// The full table has the current revision, but other routes.
    #[error("the full table has other routes at the current revision {revision}; held down until {until}")]
    Diverged {
        /// The revision of both tables.
        revision: u64,
        /// From this time on the table is accepted, if CentOps still sends it.
        until: Timestamp,
    },
}

impl UpdateError {
    /// Returns true for a valid but implausible full table. It is accepted when the hold-down is over.
    #[must_use]
    pub fn is_hold_down(&self) -> bool {
        matches!(self, Self::Shrunk { .. } | Self::Diverged { .. })
    }
}
