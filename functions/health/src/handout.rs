//! The messages that hand out work to the prober: sweeps of the recovery lane, and batches of due items.
//!
//! Nothing relies on a message arriving. A sweep reads the index by time, so the next one hands out again what a lost
//! message was about, and the leases of the prober make a second hand-out a read. Messages therefore have a short life
//! and no dead-letter queue.

use centops_domain::health::Lane;
use centops_store::health::DueEntry;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The time from one sweep of the recovery lane to the next.
pub const SWEEP_INTERVAL: SignedDuration = SignedDuration::from_secs(5);
/// The most items of one message: the prober has all of them in flight at once.
pub const BATCH_ITEMS: usize = 100;

/// A sweep of the recovery lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// The time for which it is planned: a multiple of [`SWEEP_INTERVAL`]. The times of all sweeps tile time, so each
    /// item is handed out by one of them, however late a message arrives.
    pub at: Timestamp,
}

/// A batch of due items for one run of the prober.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handout {
    /// The lane.
    pub lane: Lane,
    /// The time from which a later sweep has handed the items out again: the message is void.
    pub until: Timestamp,
    /// The items, by time.
    pub due: Vec<DueEntry>,
}

/// Reads the body of a message. One that cannot be read is logged and dropped.
pub fn read<M: DeserializeOwned>(body: Option<&str>) -> Option<M> {
    match serde_json::from_str(body.unwrap_or_default()) {
        Ok(message) => Some(message),
        Err(error) => {
            tracing::error!(%error, "failed to read a message, dropped it");
            None
        }
    }
}

/// Returns the hand-outs of `due`, which are valid until `until`.
#[must_use]
pub fn hand_out(lane: Lane, due: &[DueEntry], until: Timestamp) -> Vec<(Handout, i32)> {
    due.chunks(BATCH_ITEMS).map(|due| (Handout { lane, until, due: due.to_vec() }, 0)).collect()
}

/// Returns the milliseconds for which the first of `due` has been due at `now`.
#[must_use]
pub fn oldest_due_ms(due: &[DueEntry], now: Timestamp) -> i64 {
    due.first().map_or(0, |entry| (now.as_millisecond() - entry.at.as_millisecond()).max(0))
}
