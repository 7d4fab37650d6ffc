//! Advisory lock of the processes that write the network: an item with an end time.
//!
//! The lock coordinates and does not protect. A process without it may write as well, and the conditions of the writes
//! hold all the same. Correctness therefore depends neither on clocks nor on a holder that returns.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::{
    StoreError, attributes, keys,
    table::{Condition, Item, Table, WriteError, number, number_of},
};

/// Duration of the lock. If its holder does not release it, others wait no longer than this.
pub(super) const LEASE: Duration = Duration::from_secs(1);
/// Time after which a holder releases the lock although changes keep arriving, so that other processes can write.
pub(super) const SHARE: Duration = Duration::from_millis(150);
/// Longest wait for the lock. After it the process writes without the lock.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Pauses between two reads of a lock that another process holds: the first, and the longest. Each is twice the one before,
/// less up to half of it at random.
const PAUSES: (Duration, Duration) = (Duration::from_millis(8), Duration::from_millis(32));

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

/// Waits for the lock. One write unit if it is free. While another process holds it, a waiting process reads it, at one
/// read unit, and writes only once it is free: failed conditional writes of all who wait would take the write capacity of
/// the one partition from the holder.
pub(super) async fn acquire(table: &Table) -> Acquisition {
    let start = Instant::now();
    let (mut acquired, mut pause) = (Acquisition::Immediate, PAUSES.0);
    while start.elapsed() < PATIENCE {
        let now = Timestamp::now();
        let until = now.as_millisecond().saturating_add(i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX));
        match table.put(lock_item(until), Condition::Expired(now)).await {
            Ok(()) => return acquired,
            Err(WriteError::Condition { .. } | WriteError::Conflict) => acquired = Acquisition::Waited,
            Err(WriteError::Failed(_)) => return Acquisition::Failed,
        }
        loop {
            tokio::time::sleep(pause.mul_f64(1.0 - fastrand::f64() / 2.0)).await;
            pause = PAUSES.1.min(pause * 2);
            match is_free(table).await {
                Ok(true) => break,
                Ok(false) if start.elapsed() < PATIENCE => {}
                Ok(false) => return Acquisition::TimedOut,
                Err(_) => return Acquisition::Failed,
            }
        }
    }
    Acquisition::TimedOut
}

/// Returns whether no process holds the lock.
async fn is_free(table: &Table) -> Result<bool, StoreError> {
    let Some(lock) = table.get(keys::advisory_lock()).await? else { return Ok(true) };
    let until: i64 = number_of(&lock, attributes::UNTIL)?;
    Ok(until < Timestamp::now().as_millisecond())
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

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use aws_sdk_dynamodb::{
        Client,
        config::{ConfigBag, Intercept, interceptors::BeforeSerializationInterceptorContextRef},
        error::BoxError,
        operation::put_item::PutItemInput,
    };

    use super::*;

    /// Counts requests: all, and writes.
    #[derive(Clone, Debug, Default)]
    struct Requests(Arc<(AtomicUsize, AtomicUsize)>);

    impl Intercept for Requests {
        fn name(&self) -> &'static str {
            "requests"
        }

        fn read_before_execution(
            &self,
            context: &BeforeSerializationInterceptorContextRef<'_>,
            _: &mut ConfigBag,
        ) -> Result<(), BoxError> {
            self.0.0.fetch_add(1, Ordering::Relaxed);
            if context.input().downcast_ref::<PutItemInput>().is_some() {
                self.0.1.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        }
    }

    fn milliseconds(milliseconds: i64) -> i64 {
        Timestamp::now().as_millisecond() + milliseconds
    }

    #[tokio::test]
    async fn held_lock_is_awaited_by_reads() {
        let stored = centops_table::Table::start().await.expect("a table");
        let requests = Requests::default();
        let config = stored.client.config().to_builder().interceptor(requests.clone()).build();
        let table = Table::new(Client::from_conf(config), centops_table::NAME.to_owned());
        assert_eq!(acquire(&table).await, Acquisition::Immediate);
        let taken =
            |requests: &Requests| (requests.0.0.swap(0, Ordering::Relaxed), requests.0.1.swap(0, Ordering::Relaxed));
        assert_eq!(taken(&requests), (1, 1), "a free lock is one write");
        table.put(lock_item(milliseconds(400)), Condition::None).await.expect("held");
        taken(&requests);
        assert_eq!(acquire(&table).await, Acquisition::Waited);
        let (all, writes) = taken(&requests);
        assert!((6..60).contains(&all) && writes == 2, "{all} requests, {writes} of them writes");
        release(&table).await;
        assert_eq!(acquire(&table).await, Acquisition::Immediate);
        table.put(lock_item(milliseconds(60_000)), Condition::None).await.expect("held");
        assert_eq!(acquire(&table).await, Acquisition::TimedOut);
    }
}
