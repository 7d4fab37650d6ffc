//! The ids of people.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::time_id::TimeId;

/// The id of a person with grants: a UUID of version 7. It is random, so that addresses and logs need no personal code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(TimeId);

/// A text that is not a [`PersonId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a person: it is a UUID in lower case")]
pub struct InvalidPersonId;

impl PersonId {
    /// Returns the id of a person who is added at `now`, with ten random bytes.
    #[must_use]
    pub fn new(now: Timestamp, random: &[u8; 10]) -> Self {
        Self(TimeId::new(now, random))
    }
}

impl FromStr for PersonId {
    type Err = InvalidPersonId;

    fn from_str(text: &str) -> Result<Self, InvalidPersonId> {
        TimeId::parse(text).map(Self).ok_or(InvalidPersonId)
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
