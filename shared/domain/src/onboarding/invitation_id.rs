//! The ids of invitations.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::time_id::TimeId;

/// The id of an invitation: a UUID of version 7. Ids sort by the time of the invitation, to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvitationId(TimeId);

/// A text that is not an [`InvitationId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of an invitation: it is a UUID in lower case")]
pub struct InvalidInvitationId;

impl InvitationId {
    /// Returns the id of an invitation at `now` with ten random bytes.
    #[must_use]
    pub fn new(now: Timestamp, random: &[u8; 10]) -> Self {
        Self(TimeId::new(now, random))
    }
}

impl FromStr for InvitationId {
    type Err = InvalidInvitationId;

    fn from_str(text: &str) -> Result<Self, InvalidInvitationId> {
        TimeId::parse(text).map(Self).ok_or(InvalidInvitationId)
    }
}

impl fmt::Display for InvitationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u8) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + i64::from(second)).expect("a time")
    }

    #[test]
    fn ids_sort_by_time_and_have_one_spelling() {
        let ids: Vec<_> = (0..50).map(|second: u8| InvitationId::new(at(second), &[255 - second; 10])).collect();
        assert!(ids.is_sorted());
        let texts: Vec<_> = ids.iter().map(ToString::to_string).collect();
        assert!(texts.is_sorted(), "as keys too");
        assert_eq!(texts[0].parse(), Ok(ids[0]));
        for other in [texts[0].to_uppercase(), texts[0].replace('-', ""), format!("{{{}}}", texts[0]), String::new()] {
            assert_eq!(other.parse::<InvitationId>(), Err(InvalidInvitationId), "{other}");
        }
    }
}
