//! The handle that every operation of this crate is a method of.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use centops_domain::health::Network;
use jiff::Timestamp;

use crate::{
    Consistency, StoreError,
    commit::{CommitQueue, Plan},
    keys,
    table::{Table, Transaction, WriteError},
};

/// The CentOps table. Clones share one client and one commit queue.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) table: Table,
    commits: Arc<CommitQueue>,
}

impl Store {
    /// Returns a store on the table `table`.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self { table: Table::new(client, table), commits: Arc::default() }
    }

    /// Opens the connection to the table (DNS, TCP, TLS) with one cheap read, so that the first request does not wait
    /// for it. A failure is only logged: the first request meets the same fault and reports it.
    pub async fn warm_up(&self) {
        if let Err(error) = self.table.get_with(keys::network(), Consistency::Eventual).await {
            tracing::info!(%error, "connection warm-up failed");
        }
    }

    /// Returns an empty transaction.
    pub(crate) fn transaction(&self) -> Transaction<'_> {
        Transaction::new(&self.table)
    }

    /// Writes a change of the network by group commit; see [`CommitQueue::commit`].
    pub(crate) async fn commit<'a, T>(
        &self,
        now: Timestamp,
        plan: impl Fn(&mut Network) -> Result<Plan<'a, T>, StoreError>,
    ) -> Result<T, WriteError> {
        self.commits.commit(&self.table, now, plan).await
    }
}
