//! The shared items: the network, and the change log of the route table.
//!
//! The network is one item, so that all counts are read and changed together.

use centops_domain::{
    health::Network,
    routes::{ChangeLogEntry, Head},
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    StoreError, Versioned, attributes, keys,
    table::{self, Item, Table},
};

/// Retention of a revision in the change log: `?since=` reaches back as far.
const RETENTION: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Returns the network, strongly consistent. One read unit.
pub(crate) async fn read_network(table: &Table) -> Result<Versioned<Network>, StoreError> {
    match table.get(keys::network()).await? {
        None => Ok(Versioned { value: Network::default(), version: 0 }),
        Some(item) => table::from_json_item(&item, attributes::STATE),
    }
}

/// Returns the item of `network`.
pub(super) fn network_item(network: &Versioned<Network>) -> Result<Item, StoreError> {
    let mut item = table::to_json_item(keys::network(), attributes::STATE, network)?;
    insert_head(&mut item, network.value.head());
    Ok(item)
}

/// Returns the item of `entry`, which was made at `now`.
pub(crate) fn log_item(entry: &ChangeLogEntry, now: Timestamp) -> Result<Item, StoreError> {
    let changes = serde_json::to_string(&entry.changes).map_err(StoreError::unreadable)?;
    let owners = serde_json::to_string(&entry.owners).map_err(StoreError::unreadable)?;
    let mut item = keys::change(entry.head.revision);
    insert_head(&mut item, entry.head);
    item.insert(attributes::CHANGED.to_owned(), table::text(changes));
    item.insert(attributes::OWNERS.to_owned(), table::text(owners));
    item.insert(attributes::EXPIRES.to_owned(), table::expiry(now, RETENTION));
    Ok(item)
}

/// Reads an item of [`log_item`].
pub(crate) fn log_entry_of(item: &Item) -> Result<ChangeLogEntry, StoreError> {
    let owners = item.contains_key(attributes::OWNERS).then(|| table::json_of(item, attributes::OWNERS)).transpose()?;
    Ok(ChangeLogEntry {
        changes: table::json_of(item, attributes::CHANGED)?,
        owners: owners.unwrap_or_default(),
        head: head_of(item)?,
    })
}

/// Adds the attributes of `head` to `item`.
pub(crate) fn insert_head(item: &mut Item, Head { revision, time, count }: Head) {
    item.insert(attributes::REVISION.to_owned(), table::number(revision));
    item.insert(attributes::TIME.to_owned(), table::number(time.as_millisecond()));
    item.insert(attributes::COUNT.to_owned(), table::number(count));
}

/// Reads the attributes of [`insert_head`].
pub(crate) fn head_of(item: &Item) -> Result<Head, StoreError> {
    let time = Timestamp::from_millisecond(table::number_of(item, attributes::TIME)?);
    Ok(Head {
        revision: table::number_of(item, attributes::REVISION)?,
        time: time.map_err(StoreError::unreadable)?,
        count: table::number_of(item, attributes::COUNT)?,
    })
}
