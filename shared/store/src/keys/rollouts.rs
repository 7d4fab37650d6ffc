//! Keys of rollouts.

use centops_domain::{chatbots::Name, notifications::Enrolment, rollouts::RolloutId};
use jiff::Timestamp;

use super::{DUE_SHARDS, DueAttributes, due_at, shard};
use crate::table::{Key, key};

/// Partition of all rollouts.
pub(crate) const ROLLOUTS: &str = "ROLLOUTS";
/// Prefix of the partition of what changes of a rollout.
const PREFIX: &str = "ROLLOUT#";
/// Prefix of the sort keys of the updates of a rollout.
pub(crate) const UPDATE_PREFIX: &str = "UPDATE#";
/// Prefix of the sort keys of the sums of institutions in a rollout.
pub(crate) const INSTITUTION_PREFIX: &str = "INSTITUTION#";

pub(crate) fn rollout(id: RolloutId) -> Key {
    key(ROLLOUTS, id.to_string())
}

/// Returns the partition of what changes of a rollout.
pub(crate) fn rollout_pk(id: RolloutId) -> String {
    format!("{PREFIX}{id}")
}

/// Returns the rollout whose changing items have the partition key `pk`.
pub(crate) fn rollout_of(pk: &str) -> Option<RolloutId> {
    pk.strip_prefix(PREFIX)?.parse().ok()
}

pub(crate) fn rollout_head(id: RolloutId) -> Key {
    key(rollout_pk(id), "HEAD")
}

pub(crate) fn rollout_institution(id: RolloutId, institution: &Name) -> Key {
    key(rollout_pk(id), format!("{INSTITUTION_PREFIX}{institution}"))
}

/// Returns the key of the update of an enrolment. A name that is enrolled again has another update.
pub(crate) fn update(id: RolloutId, enrolment: &Enrolment) -> Key {
    let Enrolment { name, enrolled_at } = enrolment;
    key(rollout_pk(id), format!("{UPDATE_PREFIX}{name}#{}", enrolled_at.as_millisecond()))
}

/// Returns the enrolment whose update has the sort key `sk`.
pub(crate) fn enrolment_of_update(sk: &str) -> Option<Enrolment> {
    super::enrolment(sk.strip_prefix(UPDATE_PREFIX)?)
}

/// Returns the attributes that place an update into the index of due items until its deadline.
pub(crate) fn due_update(enrolment: &Enrolment, until: Timestamp) -> DueAttributes {
    due_at(due_updates_partition(shard(enrolment.name.as_str(), DUE_SHARDS)), until)
}

/// Returns a partition of the due updates.
pub(crate) fn due_updates_partition(shard: u32) -> String {
    format!("UPDATES#{shard}")
}
