//! The leader of a batch.

use super::{
    batch::{Batch, ClosedBatch},
    lock,
    state::Shared,
};
use crate::table::Table;

/// Leads the batch `number`: writes it. If the leader is dropped before, no change keeps waiting for the batch.
pub(super) struct Leader<'a> {
    shared: &'a Shared,
    number: u64,
}

impl<'a> Leader<'a> {
    pub(super) fn new(shared: &'a Shared, number: u64) -> Self {
        Self { shared, number }
    }

    /// Writes the batch after the one before it, and reports the outcome to its changes.
    pub(super) async fn write(self, table: &Table) {
        let _writer = self.shared.writer().await;
        // Bound first, so that the lock of the state is not held while it waits.
        let is_gathering = self.shared.state().is_gathering();
        if is_gathering {
            self.shared.gather().await;
        }
        // The batch is gone if the one before it was not written: its changes retry.
        let Some(batch) = self.take() else { return };
        let Some(closed) = self.close(batch, table) else { return };
        let written = closed.write(table).await;
        let releases_lock = self.shared.state().finish(written.is_written());
        written.report();
        if releases_lock {
            lock::release(table).await;
        }
    }

    /// Closes `batch`. From then on the next batch collects changes on the network that `batch` leaves.
    fn close(&self, batch: Batch, table: &Table) -> Option<ClosedBatch> {
        match batch.close(table) {
            Ok((after, closed)) => {
                self.shared.state().writing = Some((self.number, after));
                Some(closed)
            }
            // The values of this crate have a form in JSON. The changes retry, and fail in the end.
            Err(error) => {
                tracing::error!(%error, "failed to compose a revision");
                None
            }
        }
    }

    fn take(&self) -> Option<Batch> {
        self.shared.state().next.take_if(|batch| batch.number == self.number)
    }
}

impl Drop for Leader<'_> {
    /// Drops a batch whose leader was cancelled. If it was being written, its outcome is unknown, and the batch that is
    /// planned on it is dropped too.
    fn drop(&mut self) {
        drop(self.take());
        let mut state = self.shared.state();
        if state.writing.as_ref().is_some_and(|(number, _)| *number == self.number) {
            (state.writing, state.next) = (None, None);
        }
    }
}
