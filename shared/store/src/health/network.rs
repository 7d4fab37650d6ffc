//! The network: the revision of the route table, and the counts of chatbots by type and routing state.

use centops_domain::health::Network;

use crate::{Store, StoreError, Versioned, commit};

impl Store {
    /// Returns the network, strongly consistent. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn network(&self) -> Result<Versioned<Network>, StoreError> {
        commit::read_network(&self.table).await
    }
}
