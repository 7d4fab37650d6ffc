//! The ids of incidents.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::time_id::TimeId;

/// The id of an incident: a UUID of version 7, of the time at which it began, to the millisecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IncidentId(TimeId);

/// A text that is not an [`IncidentId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the id of an incident: it is a UUID in lower case")]
pub struct InvalidIncidentId;

impl IncidentId {
    /// Returns the id of the incident that began at `at` with the event `event`. It is the same whoever computes it.
    #[must_use]
    pub fn new(at: Timestamp, event: &str) -> Self {
        let mut bytes = [0; 10];
        // Two hashes of 64 bits (FNV-1a) from different starts, because the id has 74 bits besides the time.
        let halves = [fnv(0xCBF2_9CE4_8422_2325, event), fnv(0x84B1_5F0C_93D7_2A6E, event)].map(u64::to_be_bytes);
        bytes.iter_mut().zip(halves.concat()).for_each(|(byte, hash)| *byte = hash);
        Self(TimeId::new(at, &bytes))
    }

    /// Returns the first id of the time `at`: those of incidents that began earlier are smaller.
    #[must_use]
    pub fn first(at: Timestamp) -> Self {
        Self(TimeId::new(at, &[0; 10]))
    }

    /// Returns when the incident began, to the millisecond.
    #[must_use]
    pub fn at(self) -> Timestamp {
        self.0.at()
    }
}

fn fnv(start: u64, text: &str) -> u64 {
    text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

impl FromStr for IncidentId {
    type Err = InvalidIncidentId;

    fn from_str(text: &str) -> Result<Self, InvalidIncidentId> {
        TimeId::parse(text).map(Self).ok_or(InvalidIncidentId)
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_of_an_event_has_its_time_and_one_spelling() {
        let at = Timestamp::from_millisecond(1_790_000_000_123).expect("a time");
        let id = IncidentId::new(at, "tax-7");
        assert_eq!((id, id.at()), (IncidentId::new(at, "tax-7"), at));
        assert_ne!(id, IncidentId::new(at, "tax-8"));
        let text = id.to_string();
        assert_eq!(text.parse(), Ok(id));
        for other in [text.to_uppercase(), text.replace('-', ""), String::new()] {
            assert_eq!(other.parse::<IncidentId>(), Err(InvalidIncidentId), "{other}");
        }
    }
}
