//! Advisory lock of the processes that write the network: an item with an end time.
//!
//! The lock coordinates and does not protect. A process without it may write as well, and the conditions of the writes
//! hold all the same. Correctness therefore depends neither on clocks nor on a holder that returns.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    attributes, keys,
    table::{Condition, Item, Table, WriteError, number},
};

/// Duration of the lock. If its holder does not release it, others wait no longer than this.
pub(super) const LEASE: Duration = Duration::from_secs(1);
/// Time after which a holder releases the lock although changes keep arriving, so that other processes can write.
pub(super) const SHARE: Duration = Duration::from_millis(150);
/// Longest wait for the lock. After it the process writes without the lock.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Pause between two attempts, in milliseconds.
const POLL: std::ops::RangeInclusive<u64> = 4..=24;

/// Result of acquiring the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acquisition {
    /// The lock was free.
    Immediate,
    /// Another process held the lock, and released it in time.
    Waited,
    /// Another process held the lock for too long. This process writes without it.
    TimedOut,
    /// The table did not answer. This process writes without the lock.
    Failed,
}

/// Waits for the lock. One write unit an attempt.
pub(super) async fn acquire(table: &Table) -> Acquisition {
    let start = Instant::now();
    let mut acquired = Acquisition::Immediate;
    while start.elapsed() < PATIENCE {
        let now = Timestamp::now();
        let until = now.as_millisecond().saturating_add(i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX));
        match table.put(lock_item(until), Condition::Expired(now)).await {
            Ok(()) => return acquired,
            Err(WriteError::Condition { .. } | WriteError::Conflict) => acquired = Acquisition::Waited,
            Err(WriteError::Failed(_)) => return Acquisition::Failed,
        }
        tokio::time::sleep(Duration::from_millis(fastrand::u64(POLL))).await;
    }
    Acquisition::TimedOut
}

/// Releases the lock. If that fails, the lock ends with its lease.
pub(super) async fn release(table: &Table) {
    if table.put(lock_item(0), Condition::None).await.is_err() {
        tracing::info!("advisory lock not released, it ends with its lease");
    }
}

/// Returns the item of a lock that ends at `until`, in Unix milliseconds.
fn lock_item(until: i64) -> Item {
    let mut item = keys::advisory_lock();
    item.insert(attributes::UNTIL.to_owned(), number(until));
    item
}
