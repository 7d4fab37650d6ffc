//! The commit queue of a process.

use centops_domain::health::Network;
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::{
    batch::{Joined, Outcome, Plan},
    items::read_network,
    leader::Leader,
    lock,
    state::Shared,
};
use crate::{
    StoreError,
    table::{Table, WriteError},
};

/// The most attempts of a change. With the pauses between them that is some two seconds, plus the writes themselves.
const ATTEMPTS: u32 = 48;

/// The changes of this process.
#[derive(Debug, Default)]
pub(crate) struct CommitQueue {
    shared: Shared,
    /// Held while a batch is opened.
    opening: tokio::sync::Mutex<()>,
}

/// Result of an attempt to join the open batch.
enum Attempt<'a, T> {
    /// The change waits for its outcome. The first change of a batch leads it.
    Pending(T, oneshot::Receiver<Outcome>, Option<Leader<'a>>),
    /// The open batch is full.
    Full,
    /// No batch is open.
    NoBatch,
}

impl CommitQueue {
    /// Writes the change that `plan` makes of the network at `now`: its own writes, the network, and a revision if its
    /// route changed. The change is planned again until it is written.
    ///
    /// # Errors
    /// When a condition of its own writes does not hold; when every attempt was rejected because of other changes; when
    /// the table does not answer.
    pub(crate) async fn commit<'a, T>(
        &self,
        table: &Table,
        now: Timestamp,
        plan: impl Fn(&mut Network) -> Result<Plan<'a, T>, StoreError>,
    ) -> Result<T, WriteError> {
        let mut arrival = self.shared.arrive();
        for _ in 0..ATTEMPTS {
            let (value, outcome, leader) = Box::pin(self.join(table, now, &plan)).await?;
            drop(arrival);
            if let Some(leader) = leader {
                Box::pin(leader.write(table)).await;
            }
            match outcome.await.unwrap_or(Outcome::Retry) {
                Outcome::Written => return Ok(value),
                Outcome::Failed(error) => return Err(error),
                // All changes of the batch wait for the same time, and so share the next batch.
                Outcome::Retry => {
                    arrival = self.shared.arrive();
                    let retry_at = self.shared.state().retry_at();
                    tokio::time::sleep_until(retry_at).await;
                }
            }
        }
        Err(WriteError::Failed(StoreError::Contended))
    }

    /// Joins the open batch; opens one if there is none.
    async fn join<'a, T>(
        &self,
        table: &Table,
        now: Timestamp,
        plan: &impl Fn(&mut Network) -> Result<Plan<'a, T>, StoreError>,
    ) -> Result<(T, oneshot::Receiver<Outcome>, Option<Leader<'_>>), StoreError> {
        loop {
            match self.try_join(now, plan)? {
                Attempt::Pending(value, outcome, leader) => return Ok((value, outcome, leader)),
                // The leader of the full batch is in the line for this lock already, and writes first.
                Attempt::Full => drop(self.shared.writer().await),
                Attempt::NoBatch => self.open(table).await?,
            }
        }
    }

    fn try_join<'a, T>(
        &self,
        now: Timestamp,
        plan: &impl Fn(&mut Network) -> Result<Plan<'a, T>, StoreError>,
    ) -> Result<Attempt<'_, T>, StoreError> {
        let mut state = self.shared.state();
        let Some(batch) = state.batch() else { return Ok(Attempt::NoBatch) };
        match batch.join(now, plan)? {
            Joined::Full => Ok(Attempt::Full),
            Joined::Pending(value, outcome) => {
                // Created only if it leads: dropping a leader takes the lock that is held here.
                let leader = (batch.len() == 1).then(|| Leader::new(&self.shared, batch.number));
                Ok(Attempt::Pending(value, outcome, leader))
            }
        }
    }

    /// Opens a batch on the stored network. Under contention it acquires the advisory lock first.
    async fn open(&self, table: &Table) -> Result<(), StoreError> {
        let _opening = self.opening.lock().await;
        if self.shared.state().takes_changes() {
            return Ok(());
        }
        // Bound first, so that the lock of the state is not held while it waits.
        let needs_lock = self.shared.state().needs_lock();
        if needs_lock {
            let acquisition = lock::acquire(table).await;
            self.shared.state().set_acquisition(acquisition);
        }
        let network = read_network(table).await?;
        self.shared.state().open(network);
        Ok(())
    }
}
