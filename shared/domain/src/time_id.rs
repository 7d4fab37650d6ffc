//! Ids that sort by time: UUIDs of version 7, as keys and as parts of paths.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A UUID of version 7. Ids sort by their time, to the millisecond, as texts too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct TimeId(Uuid);

impl TimeId {
    /// Returns the id of the time `at` with ten bytes that tell it from others.
    pub(crate) fn new(at: Timestamp, bytes: &[u8; 10]) -> Self {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
        Self(uuid::Builder::from_unix_timestamp_millis(millis, bytes).into_uuid())
    }

    /// Reads an id. It has one spelling, because it is a key and part of a path: none for any other.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let id = text.parse().map(Self).ok()?;
        (id.to_string() == text).then_some(id)
    }

    /// Returns the time, to the millisecond.
    pub(crate) fn at(self) -> Timestamp {
        let (seconds, nanoseconds) = self.0.get_timestamp().map_or((0, 0), |at| at.to_unix());
        let seconds = i64::try_from(seconds).unwrap_or_default();
        Timestamp::new(seconds, i32::try_from(nanoseconds).unwrap_or_default()).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for TimeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}
