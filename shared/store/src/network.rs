//! The network at a glance: the revision of the route table, and how many chatbots there are of each
//! kind and standing. One item, so that what is counted together is read and changed together.

use centops_domain::health::Network;

use crate::{
    Store, StoreError, Versioned,
    item::{self, Item},
    keys,
};

impl Store {
    /// The network, strongly consistent. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn network(&self) -> Result<Versioned<Network>, StoreError> {
        match self.get(keys::revision()).await? {
            None => Ok(Versioned { value: Network::default(), version: 0 }),
            Some(item) => item::from_json_item(&item, keys::STATE),
        }
    }
}

/// The item of `network`.
pub(crate) fn network_item(network: &Versioned<Network>) -> Result<Item, StoreError> {
    let mut item = item::to_json_item(keys::revision(), keys::STATE, network)?;
    item::insert_head(&mut item, network.value.head());
    Ok(item)
}
