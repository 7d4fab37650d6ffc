//! Keys of planned outages.

use centops_domain::{chatbots::Name, outages::OutageId};
use jiff::Timestamp;

use super::{DUE_SHARDS, DueAttributes, due_at, shard};
use crate::table::{self, Key, key};

/// Partition of all planned outages.
pub(crate) const PLANNED: &str = "PLANNED";

/// Returns the prefix of the sort keys of the planned outages of `institution`.
pub(crate) fn planned_prefix(institution: &Name) -> String {
    format!("{institution}#")
}

pub(crate) fn planned_outage(institution: &Name, id: OutageId) -> Key {
    key(PLANNED, format!("{}{id}", planned_prefix(institution)))
}

/// Returns the key of the item that names the institution of a planned outage.
pub(crate) fn planned_institution(id: OutageId) -> Key {
    key(format!("{PLANNED}#{id}"), PLANNED)
}

/// Returns the attributes that place a planned outage into the index of due items.
pub(crate) fn due_outage(id: OutageId, at: Timestamp) -> DueAttributes {
    due_at(due_outages_partition(shard(&id.to_string(), DUE_SHARDS)), at)
}

/// Returns a partition of the due planned outages.
pub(crate) fn due_outages_partition(shard: u32) -> String {
    format!("OUTAGES#{shard}")
}

pub(crate) fn window(institution: &Name, start: Timestamp, id: OutageId) -> Key {
    key(windows_pk(institution), table::time_sk(start, &id.to_string()))
}

/// Returns the partition of the windows of planned outages of `institution`.
pub(crate) fn windows_pk(institution: &Name) -> String {
    format!("WINDOWS#{institution}")
}
