//! The ids of planned outages.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::time_id::TimeId;

/// The id of a planned outage: a UUID of version 7. Ids sort by the time of the request, to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OutageId(TimeId);

/// A text that is not an [`OutageId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a planned outage: it is a UUID in lower case")]
pub struct InvalidOutageId;

impl OutageId {
    /// Returns the id of an outage that is requested at `now`, with ten random bytes.
    #[must_use]
    pub fn new(now: Timestamp, random: &[u8; 10]) -> Self {
        Self(TimeId::new(now, random))
    }

    /// Returns when the outage was requested, to the millisecond.
    #[must_use]
    pub fn at(self) -> Timestamp {
        self.0.at()
    }
}

impl FromStr for OutageId {
    type Err = InvalidOutageId;

    fn from_str(text: &str) -> Result<Self, InvalidOutageId> {
        TimeId::parse(text).map(Self).ok_or(InvalidOutageId)
    }
}

impl fmt::Display for OutageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_have_one_spelling() {
        let at = |second: i64| Timestamp::from_second(1_790_000_000 + second).expect("a time");
        let ids: Vec<_> = (0..50).map(|second| OutageId::new(at(second), &[7; 10])).collect();
        let texts: Vec<_> = ids.iter().map(ToString::to_string).collect();
        assert!(ids.is_sorted() && texts.is_sorted(), "as keys too");
        assert_eq!(texts[0].parse(), Ok(ids[0]));
        for other in [texts[0].to_uppercase(), texts[0].replace('-', ""), String::new()] {
            assert_eq!(other.parse::<OutageId>(), Err(InvalidOutageId), "{other}");
        }
    }
}
