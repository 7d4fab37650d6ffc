//! The state of the commit queue, under one lock.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use centops_domain::health::Network;
use tokio::time::Instant;

use super::{batch::Batch, lock};
use crate::Versioned;

/// The longest pause before a retry, in milliseconds.
const LONGEST_PAUSE: u64 = 80;
/// The rejections in a row after which a process counts as contended.
const CONTENDED: u32 = 2;
/// How long it counts as contended after the last such rejection.
const CONTENDED_FOR: Duration = Duration::from_secs(1);

/// The state, and the right to write.
#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Held while a batch is written.
    writer: tokio::sync::Mutex<()>,
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the batches before are written.
    pub(super) async fn writer(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.writer.lock().await
    }
}

/// The state of the commit queue.
#[derive(Debug, Default)]
pub(super) struct State {
    batches: u64,
    /// The batch that collects changes.
    pub(super) next: Option<Batch>,
    /// The number of the batch that is being written, and the network that it leaves.
    pub(super) writing: Option<(u64, Versioned<Network>)>,
    /// Batches that were rejected in a row.
    rejected: u32,
    /// The time of the next attempt after a rejection.
    retry_at: Option<Instant>,
    /// The time until which other processes are expected to write as well.
    contended_until: Option<Instant>,
    /// The time at which this process acquired the advisory lock.
    locked_at: Option<Instant>,
}

impl State {
    /// Opens a batch on the network `before`, unless one is open.
    pub(super) fn open(&mut self, before: Versioned<Network>) {
        if self.next.is_none() {
            self.batches += 1;
            self.next = Some(Batch::new(self.batches, before));
        }
    }

    /// Returns the open batch. While a batch is being written, the next one is opened on the network that it leaves.
    pub(super) fn batch(&mut self) -> Option<&mut Batch> {
        if self.next.is_none()
            && let Some((_, after)) = self.writing.clone()
        {
            self.open(after);
        }
        self.next.as_mut()
    }

    pub(super) fn takes_changes(&self) -> bool {
        self.next.is_some() || self.writing.is_some()
    }

    /// Returns the time of the next attempt after a rejection.
    pub(super) fn retry_at(&self) -> Instant {
        self.retry_at.unwrap_or_else(Instant::now)
    }

    /// Ends the write of a batch. Returns whether the advisory lock is to be released.
    pub(super) fn finish(&mut self, is_written: bool) -> bool {
        self.count(is_written);
        self.writing = None;
        if !is_written {
            // It is planned on a network that was not written. Its changes retry.
            self.next = None;
        }
        is_written && self.gives_up_lock()
    }

    /// Counts the batch as written or rejected, and plans the next attempt: after a random backoff, at once with the
    /// lock.
    fn count(&mut self, is_written: bool) {
        self.rejected = if is_written { 0 } else { self.rejected + 1 };
        if self.rejected >= CONTENDED {
            self.contended_until = Some(Instant::now() + CONTENDED_FOR);
        }
        let longest = if self.holds_lock() { 0 } else { LONGEST_PAUSE.min(2 << self.rejected.min(6)) };
        self.retry_at = (!is_written).then(|| Instant::now() + Duration::from_millis(fastrand::u64(0..=longest)));
    }

    /// Returns whether the leader waits a moment for the changes that retry at the same time.
    pub(super) fn waits_for_retries(&self) -> bool {
        self.rejected > 0 || self.holds_lock()
    }

    pub(super) fn set_locked(&mut self) {
        self.locked_at = Some(Instant::now());
    }

    fn holds_lock(&self) -> bool {
        self.locked_at.is_some_and(|since| since.elapsed() < lock::LEASE)
    }

    pub(super) fn needs_lock(&self) -> bool {
        !self.holds_lock() && self.contended_until.is_some_and(|until| Instant::now() < until)
    }

    /// Forgets the lock if it is to be released: no changes wait, or its share of time is over. Waiting changes then
    /// wait for the lock again. Returns whether the lock is to be released.
    fn gives_up_lock(&mut self) -> bool {
        let is_over = self.locked_at.is_some_and(|since| self.next.is_none() || since.elapsed() >= lock::SHARE);
        if is_over {
            (self.locked_at, self.next) = (None, None);
        }
        is_over
    }
}
