//! The items of rollouts.

use centops_domain::{
    chatbots::Name,
    notifications::Enrolment,
    rollouts::{HeadRecord, InstitutionCounts, JobRecord, RolloutId},
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    StoreError, Versioned, attributes, keys,
    table::{self, Item, text_of},
};

/// Returns the item of the head of a rollout.
pub(super) fn head_item(id: RolloutId, head: &Versioned<HeadRecord>) -> Result<Item, StoreError> {
    table::to_json_item(keys::rollout_head(id), attributes::DOCUMENT, head)
}

/// Reads an item of [`head_item`].
pub(super) fn read_head(item: &Item) -> Result<Versioned<HeadRecord>, StoreError> {
    table::from_json_item(item, attributes::DOCUMENT)
}

/// Returns the item of the sums of an institution in a rollout.
pub(super) fn institution_item(
    id: RolloutId,
    institution: &Name,
    counts: &Versioned<InstitutionCounts>,
) -> Result<Item, StoreError> {
    table::to_json_item(keys::rollout_institution(id, institution), attributes::DOCUMENT, counts)
}

/// Reads the institution and the sums of an item of [`institution_item`].
pub(super) fn institution_of(item: &Item) -> Result<(Name, InstitutionCounts), StoreError> {
    let institution = text_of(item, attributes::SK)?.trim_start_matches(keys::INSTITUTION_PREFIX);
    Ok((institution.parse().map_err(StoreError::unreadable)?, table::json_of(item, attributes::DOCUMENT)?))
}

/// An update as it is stored: the record, and the institution whose sums it is part of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredUpdate {
    pub(super) institution: Name,
    #[serde(flatten)]
    pub(super) record: JobRecord,
}

/// The time for which an update is kept after its last change.
const RETENTION: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Returns the item of an update that changed at `now`. It is in the index of due items while its stage has a deadline.
pub(super) fn update_item(
    id: RolloutId,
    enrolment: &Enrolment,
    update: &Versioned<StoredUpdate>,
    now: Timestamp,
) -> Result<Item, StoreError> {
    let mut item = table::to_json_item(keys::update(id, enrolment), attributes::DOCUMENT, update)?;
    item.insert(attributes::EXPIRES.to_owned(), table::expiry(now, RETENTION));
    item.extend(update.value.record.until.into_iter().flat_map(|until| keys::due_update(enrolment, until)));
    Ok(item)
}

/// Reads an item of [`update_item`].
pub(super) fn read_update(item: &Item) -> Result<Versioned<StoredUpdate>, StoreError> {
    table::from_json_item(item, attributes::DOCUMENT)
}
