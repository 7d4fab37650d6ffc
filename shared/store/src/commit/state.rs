//! The state of the commit queue, under one lock.

use std::{
    pin::pin,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use centops_domain::health::Network;
use tokio::{sync::Notify, time::Instant};

use super::{
    batch::Batch,
    lock::{self, Acquisition},
};
use crate::Versioned;

/// The longest pause before a retry, in milliseconds.
const LONGEST_PAUSE: u64 = 80;
/// The rejections in a row after which a process counts as contended.
const CONTENDED: u32 = 2;
/// Time for which it counts as contended after the last such rejection, or after it last had to wait for the lock.
const CONTENDED_FOR: Duration = Duration::from_secs(1);

/// Longest wait of a leader for the changes that are about to join its batch.
const GATHERING: Duration = Duration::from_millis(3);

/// The state, the right to write, and the changes that are about to join.
#[derive(Debug, Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Held while a batch is written.
    writer: tokio::sync::Mutex<()>,
    arriving: AtomicUsize,
    /// Notified when no change is arriving any more.
    all_arrived: Notify,
}

/// A change that is about to join a batch: a new one, or one that pauses before a retry.
pub(super) struct Arrival<'a>(&'a Shared);

impl Drop for Arrival<'_> {
    fn drop(&mut self) {
        if self.0.arriving.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.all_arrived.notify_waiters();
        }
    }
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a change that is about to join, until the result is dropped.
    pub(super) fn arrive(&self) -> Arrival<'_> {
        self.arriving.fetch_add(1, Ordering::AcqRel);
        Arrival(self)
    }

    /// Waits until no change is arriving any more, for [`GATHERING`] at the most.
    pub(super) async fn gather(&self) {
        let all_arrived = pin!(self.all_arrived.notified());
        if self.arriving.load(Ordering::Acquire) > 0 {
            // A timeout only means that the batch is written without the late changes.
            let _ = tokio::time::timeout(GATHERING, all_arrived).await;
        }
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
            self.set_contended();
        }
        let longest = if self.holds_lock() { 0 } else { LONGEST_PAUSE.min(2 << self.rejected.min(6)) };
        self.retry_at = (!is_written).then(|| Instant::now() + Duration::from_millis(fastrand::u64(0..=longest)));
    }

    /// Returns whether the leader waits a moment for the changes that are arriving: those that retry at the same time,
    /// or that waited for the lock together.
    pub(super) fn is_gathering(&self) -> bool {
        self.rejected > 0 || self.holds_lock()
    }

    fn set_contended(&mut self) {
        self.contended_until = Some(Instant::now() + CONTENDED_FOR);
    }

    /// Takes note of an attempt to acquire the lock. A process that had to wait stays contended: without the lock it
    /// would collide with the process that it waited for.
    pub(super) fn set_acquisition(&mut self, acquisition: Acquisition) {
        if matches!(acquisition, Acquisition::Waited | Acquisition::TimedOut) {
            self.set_contended();
        }
        if matches!(acquisition, Acquisition::Immediate | Acquisition::Waited) {
            self.locked_at = Some(Instant::now());
        }
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
