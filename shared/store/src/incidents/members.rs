//! The members of network incidents. The item of a member moves from the active ones to the ended ones in the transaction
//! that ends it, so that one item tells whether any member is active.

use std::{fmt, str::FromStr};

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
    table::{self, Condition, Item, Key, Transaction, collect, text, text_of},
};

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
    /// they began. One read unit for each, and for each 4 KB of their items.
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
        let keys: Vec<_> = page.items.iter().map(|(id, member)| member.key(*id)).collect();
        let mut incidents = Vec::with_capacity(keys.len());
        for item in self.table.get_many(&keys).await? {
            incidents.push(read(&item)?.value);
        }
        incidents.sort_by_key(|incident| page.items.iter().position(|(id, _)| *id == incident.id));
        Ok(Page { items: incidents, next: page.next })
    }

    /// Returns up to `limit` active members of the network incident `parent`. One read unit.
    pub(super) async fn active_members(
        &self,
        parent: IncidentId,
        limit: i32,
    ) -> Result<Vec<(IncidentId, Member)>, StoreError> {
        let query = self.table.query_prefix(&keys::members_pk(parent), keys::members_prefix(true).to_owned());
        let output = query.limit(limit).send().await.map_err(|error| StoreError::unavailable(&error))?;
        output.items.unwrap_or_default().iter().map(member_of).collect()
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
    /// Adds the item of the new member `incident` of `parent`.
    pub(super) fn new_member(self, parent: IncidentId, step: &Step) -> Result<Self, StoreError> {
        let incident = &step.incident;
        let Some(chatbot) = incident.chatbot().cloned() else { return Ok(self) };
        let ended = (!incident.is_active()).then(|| end_of(step));
        let mut item = keys::member(parent, ended.is_none(), incident.id);
        let json = serde_json::to_string(&Member { chatbot, ended }).map_err(StoreError::unreadable)?;
        item.insert(attributes::DOCUMENT.to_owned(), text(json));
        item.insert(attributes::EXPIRES.to_owned(), expires(incident));
        self.put(item, Condition::None)
    }

    /// Moves the item of the member `step` of a network incident, if it is one, because it became active or over.
    pub(super) fn turned_member(self, step: &Step) -> Result<Self, StoreError> {
        let Some(parent) = step.incident.network_parent() else { return Ok(self) };
        let before = keys::member(parent, !step.incident.is_active(), step.incident.id);
        self.delete(before, None)?.new_member(parent, step)
    }

    /// Adds the item of `step` after a person made it a member of `parent`, or removes it after a person split it.
    pub(super) fn member_by_hand(self, parent: IncidentId, step: &Step) -> Result<Self, StoreError> {
        if step.incident.parent.is_some() {
            return self.new_member(parent, step);
        }
        self.delete(keys::member(parent, step.incident.is_active(), step.incident.id), None)
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
fn member_of(item: &Item) -> Result<(IncidentId, Member), StoreError> {
    let position: MemberPosition = text_of(item, attributes::SK)?.parse().map_err(StoreError::unreadable)?;
    Ok((position.id, table::json_of(item, attributes::DOCUMENT)?))
}

/// Returns the end of the incident of `step`: that of the outage if it is resolved, else the time of the change.
fn end_of(step: &Step) -> Timestamp {
    let resolution = step.incident.resolution.filter(|_| step.incident.state == State::Resolved);
    let changed = step.entries.last().map_or(step.incident.as_of, |entry| entry.at);
    resolution.map_or(changed, |resolution| resolution.at)
}
