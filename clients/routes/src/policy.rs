//! Limits of the update algorithm.

use jiff::SignedDuration;

/// The limits that updates must meet, and the longest age of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdatePolicy {
    /// The longest age of a table: lookups in an older one return `Expired`. Default: 72 h.
    pub max_age: SignedDuration,
    /// The share of current routes, in percent, that a full table may lack. Default: 30.
    pub max_shrink_percent: u8,
    /// The time for which an implausible full table is rejected before it is accepted. Default: 10 min.
    pub hold_down: SignedDuration,
}

impl Default for UpdatePolicy {
    fn default() -> Self {
        Self {
            max_age: SignedDuration::from_hours(72),
            max_shrink_percent: 30,
            hold_down: SignedDuration::from_mins(10),
        }
    }
}
