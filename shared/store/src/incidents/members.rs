//! The members of network incidents. The item of a member is among the active ones, or among the ended ones. The transaction
//! that ends a member writes the end into its item, and leaves it where it is: whoever looks for active members moves it to
//! the ended ones. So a few items tell whether any member is active, and only `correlate-incidents` deletes some.

use std::{collections::BTreeMap, fmt, str::FromStr};

use centops_domain::{
    incidents::{Incident, IncidentId, State, Step},
    notifications::Enrolment,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    items::{expires, read},
    list::InvalidIncidentPosition,
};
use crate::{
    Page, Store, StoreError, Versioned, attributes,
    keys::{self, IncidentsOf},
    table::{self, Condition, Item, Key, Transaction, WriteError, collect, text, text_of},
};

/// The items that are read at once, and moved in one transaction.
const PAGE: i32 = 20;

/// A member of a network incident, as its item names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Member {
    /// Its chatbot.
    pub(super) chatbot: Enrolment,
    /// The end of its outage; none while it is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<Timestamp>,
}

/// Cursor: the last member of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberPosition {
    is_active: bool,
    id: IncidentId,
}

impl fmt::Display for MemberPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", keys::members_prefix(self.is_active), self.id)
    }
}

impl FromStr for MemberPosition {
    type Err = InvalidIncidentPosition;

    fn from_str(text: &str) -> Result<Self, InvalidIncidentPosition> {
        let parse = |is_active| text.strip_prefix(keys::members_prefix(is_active)).map(|id| (is_active, id));
        let (is_active, id) = parse(true).or_else(|| parse(false)).ok_or(InvalidIncidentPosition)?;
        Ok(Self { is_active, id: id.parse().map_err(|_| InvalidIncidentPosition)? })
    }
}

impl Store {
    /// Returns a page of up to `limit` members of the network incident `parent`, the active ones first, by the time at which
    /// they began. A member that was over, and is active again, is only among the active ones. One read unit for each, and
    /// for each 4 KB of their items.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn members_of_incident(
        &self,
        parent: IncidentId,
        after: Option<&MemberPosition>,
        limit: i32,
    ) -> Result<Page<Incident, MemberPosition>, StoreError> {
        let start = after.map(|MemberPosition { is_active, id }| keys::member(parent, *is_active, *id));
        let query = self.table.query_partition(&keys::members_pk(parent)).set_exclusive_start_key(start);
        let page: Page<_, MemberPosition> = table::fetch_page(query, limit, |item| member_of(&item).map(Some)).await?;
        let keys: BTreeMap<_, _> = page.items.iter().map(|(place, member)| (place.id, member.key(place.id))).collect();
        let found = self.table.get_many(&keys.into_values().collect::<Vec<_>>()).await?;
        let mut found = found
            .iter()
            .map(|item| read(item).map(|incident| (incident.value.id, incident.value)))
            .collect::<Result<BTreeMap<_, _>, _>>()?;
        let places = page.items.iter().map(|(place, _)| place);
        // The item of a member that is active again may be among the ended ones still.
        let shown =
            places.filter_map(|place| found.remove(&place.id).filter(|one| place.is_active || !one.is_active()));
        Ok(Page { items: shown.collect(), next: page.next })
    }

    /// Returns some active members of the network incident `parent`; none if it has none. Moves the items of those that are
    /// over, as far as it reads them. One read unit for up to 20 items, and four write units for each that it moves.
    pub(super) async fn active_members(&self, parent: IncidentId) -> Result<Vec<(IncidentId, Member)>, StoreError> {
        loop {
            let query = self.table.query_prefix(&keys::members_pk(parent), keys::members_prefix(true).to_owned());
            let output = query.limit(PAGE).send().await.map_err(|error| StoreError::unavailable(&error))?;
            let items = output.items.unwrap_or_default();
            let members: Vec<_> = items.iter().map(member_of).collect::<Result<_, _>>()?;
            let mut transaction = self.transaction();
            let (mut active, mut has_ended) = (Vec::new(), false);
            for (item, (MemberPosition { id, .. }, member)) in items.iter().zip(members) {
                if member.ended.is_none() {
                    active.push((id, member));
                } else {
                    has_ended = true;
                    transaction = transaction.ended_member(parent, id, item)?;
                }
            }
            if has_ended {
                // Whoever changed one meanwhile let it be active again.
                transaction.commit().await.or_else(WriteError::retryable)?;
            }
            if !active.is_empty() || items.is_empty() {
                return Ok(active);
            }
        }
    }

    /// Returns the last end of the members of `parent` that are over. One read unit for each 4 KB.
    pub(super) async fn last_end(&self, parent: IncidentId) -> Result<Option<Timestamp>, StoreError> {
        let query = self.table.query_prefix(&keys::members_pk(parent), keys::members_prefix(false).to_owned());
        let mut last = None;
        for item in collect(query).await? {
            let (_, member) = member_of(&item)?;
            last = last.max(member.ended);
        }
        Ok(last)
    }

    /// Returns `step` as it is written, and the network incident that is written with it. A member that is active again
    /// stays a member of a network incident that is active; otherwise it is an incident of its own.
    pub(super) async fn rejoined(
        &self,
        mut step: Step,
        was_active: bool,
        now: Timestamp,
    ) -> Result<(Step, Option<Versioned<Incident>>), StoreError> {
        let parent = step.incident.network_parent().filter(|_| !was_active && step.incident.is_active());
        let Some(parent) = parent else { return Ok((step, None)) };
        match self.incident(parent).await {
            Ok(parent) if parent.value.is_active() => return Ok((step, Some(parent))),
            Ok(_) | Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
        let released = step.incident.released(false, now);
        step.entries.extend(released.entries);
        step.incident = released.incident;
        Ok((step, None))
    }
}

impl Member {
    pub(super) fn key(&self, id: IncidentId) -> Key {
        IncidentsOf::Chatbot(&self.chatbot).key(id)
    }
}

impl Transaction<'_> {
    /// Adds the item of `step`, which is a member of `parent` from now on, became over, or is active again.
    pub(super) fn member(self, parent: IncidentId, step: &Step) -> Result<Self, StoreError> {
        let incident = &step.incident;
        let Some(chatbot) = incident.chatbot().cloned() else { return Ok(self) };
        let ended = (!incident.is_active()).then(|| end_of(step));
        let mut item = keys::member(parent, true, incident.id);
        let json = serde_json::to_string(&Member { chatbot, ended }).map_err(StoreError::unreadable)?;
        item.insert(attributes::DOCUMENT.to_owned(), text(json));
        item.insert(attributes::EXPIRES.to_owned(), expires(incident));
        self.put(item, Condition::None)
    }

    /// Removes the items of `member`, which is no part of `parent` any more.
    pub(super) fn no_member(self, parent: IncidentId, member: IncidentId) -> Result<Self, StoreError> {
        let places = [true, false].map(|is_active| keys::member(parent, is_active, member));
        places.into_iter().try_fold(self, |transaction, place| transaction.delete(place, None))
    }

    /// Moves `item`, that of the member `id` that is over, to the ended ones, if nobody changed it meanwhile.
    fn ended_member(self, parent: IncidentId, id: IncidentId, item: &Item) -> Result<Self, StoreError> {
        let document = text_of(item, attributes::DOCUMENT)?.to_owned();
        let mut moved = item.clone();
        moved.extend(keys::member(parent, false, id));
        self.delete_equal(keys::member(parent, true, id), attributes::DOCUMENT, document)?.put(moved, Condition::None)
    }

    /// Writes the network incident `parent` again, so that whoever read it before reads it anew.
    pub(super) fn touch(self, parent: Option<Versioned<Incident>>) -> Result<Self, StoreError> {
        match parent {
            Some(Versioned { value, version }) => self.incident(&Step::of(value), version, true),
            None => Ok(self),
        }
    }
}

/// Reads the item of a member.
fn member_of(item: &Item) -> Result<(MemberPosition, Member), StoreError> {
    let position = text_of(item, attributes::SK)?.parse().map_err(StoreError::unreadable)?;
    Ok((position, table::json_of(item, attributes::DOCUMENT)?))
}

/// Returns the end of the incident of `step`: that of the outage if it is resolved, else the time of the change.
fn end_of(step: &Step) -> Timestamp {
    let resolution = step.incident.resolution.filter(|_| step.incident.state == State::Resolved);
    let changed = step.entries.last().map_or(step.incident.as_of, |entry| entry.at);
    resolution.map_or(changed, |resolution| resolution.at)
}
