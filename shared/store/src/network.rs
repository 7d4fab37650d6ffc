//! The network at a glance: the revision of the route table, and how many chatbots there are of each
//! kind and standing. One item, so that what is counted together is read and changed together.

use centops_domain::{network::Network, route::Revision};

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
        let Some(item) = self.get(keys::revision()).await? else {
            return Ok(Versioned { value: Network::default(), version: 0 });
        };
        let version = item::number_of(&item, keys::VERSION)?;
        let value = serde_json::from_str(item::text_of(&item, keys::STATE)?).map_err(StoreError::unreadable)?;
        Ok(Versioned { value, version })
    }

    /// The revision of the route table, strongly consistent. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn revision(&self) -> Result<Revision, StoreError> {
        match self.get(keys::revision()).await? {
            None => Ok(0),
            Some(item) => item::number_of(&item, keys::REVISION),
        }
    }
}

/// The item of `network`.
pub(crate) fn network_item(network: &Versioned<Network>) -> Result<Item, StoreError> {
    let mut item = keys::revision();
    item.insert(keys::VERSION.to_owned(), keys::number(network.version));
    item.insert(keys::REVISION.to_owned(), keys::number(network.value.revision));
    let state = serde_json::to_string(&network.value).map_err(StoreError::unreadable)?;
    item.insert(keys::STATE.to_owned(), keys::text(state));
    Ok(item)
}
