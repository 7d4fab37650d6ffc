//! The revision of the route table, and what is known of it without its routes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::stamp;

/// The revision of the whole table: one more for each batch of changes, without gaps.
pub type Revision = u64;

/// The head of the table: its revision, time and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The revision of the table.
    pub revision: Revision,
    /// The time of the revision; the Unix epoch before the first.
    #[serde(with = "stamp")]
    pub time: Timestamp,
    /// The number of routes, by which a client detects a truncated response.
    pub count: u64,
}

impl Head {
    /// The head of the empty table.
    pub const EMPTY: Self = Self { revision: 0, time: Timestamp::UNIX_EPOCH, count: 0 };
}
