//! A chatbot that is probed, and the time at which it is due.

use centops_domain::chatbots::Name;
use jiff::{SignedDuration, Timestamp};

/// The number of chatbots that are due in a minute.
pub const DUE: usize = 10_000;

/// A chatbot to probe.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its number.
    pub index: usize,
    /// Its name.
    pub name: Name,
    /// Its address.
    pub uri: String,
}

impl Target {
    /// Returns the time at which it is due: the due times are spread evenly over the minute after `start`.
    #[must_use]
    pub fn due(&self, start: Timestamp) -> Timestamp {
        let offset = i64::try_from(self.index % DUE * 60_000 / DUE).unwrap_or_default();
        start + SignedDuration::from_millis(offset)
    }
}
