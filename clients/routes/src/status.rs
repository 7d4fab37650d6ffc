//! The status of a client: for a health page, a metric or an alarm.

use jiff::{SignedDuration, Timestamp};

use crate::error::UpdateError;

/// The status of the table and of the last requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The revision of the table; `None` before the first table.
    pub revision: Option<u64>,
    /// The number of routes in the table.
    pub route_count: usize,
    /// The time at which CentOps created the revision.
    pub created_at: Option<Timestamp>,
    /// The time at which the revision was fetched.
    pub fetched_at: Option<Timestamp>,
    /// The time at which CentOps last confirmed that the revision is the newest.
    pub confirmed_at: Option<Timestamp>,
    /// The time since the last confirmation.
    pub age: Option<SignedDuration>,
    /// True if the table is too old to be used.
    pub expired: bool,
    /// The updates that were rejected since the last accepted one.
    pub rejections: Option<Rejections>,
    /// The reason why the last refresh got no response; `None` if it got one.
    pub request_error: Option<String>,
    /// The reason why the table cannot be saved, or could not be restored from its file.
    pub file_error: Option<String>,
}

/// A series of rejected updates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejections {
    /// The reason for the last rejection.
    pub reason: UpdateError,
    /// The time of the first rejection.
    pub since: Timestamp,
    /// The number of rejections.
    pub count: u64,
}
