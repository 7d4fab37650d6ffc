//! The items of incidents.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    chatbots::Name,
    incidents::{Entry, Incident, IncidentId, IncidentKind, Shared, Step, Subject},
    notifications::Enrolment,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::past::{RETENTION, past_item};
use crate::{
    Store, StoreError, Versioned, attributes,
    keys::{self, EventSubject, IncidentIndex, IncidentsOf},
    table::{self, Condition, Item, Key, Transaction, WriteError, expiry, text},
};

/// The latest incident of a series, with the version of the item that names it: 0 if it never had one.
#[derive(Clone, Debug, Default)]
pub(super) struct Latest {
    pub(super) version: i64,
    pub(super) incident: Option<Versioned<Incident>>,
}

/// An item of an index: the incident, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Pointer {
    Chatbot { chatbot: Enrolment, institution: Name },
    Network { shared: Shared },
}

impl Pointer {
    fn to(incident: &Incident) -> Self {
        match incident.subject.clone() {
            Subject::Chatbot { chatbot, institution } => Self::Chatbot { chatbot, institution },
            Subject::Network { network } => Self::Network { shared: network.shared },
        }
    }

    fn of(&self) -> IncidentsOf<'_> {
        match self {
            Self::Chatbot { chatbot, .. } => IncidentsOf::Chatbot(chatbot),
            Self::Network { shared } => IncidentsOf::Network(shared),
        }
    }

    /// Returns the key of the incident `id`, to which it points.
    pub(super) fn key(&self, id: IncidentId) -> Key {
        self.of().key(id)
    }

    /// Returns whether it is an incident of a chatbot that one of `institutions` owned.
    pub(super) fn is_of(&self, institutions: &BTreeSet<Name>) -> bool {
        match self {
            Self::Chatbot { institution, .. } => institutions.contains(institution),
            Self::Network { .. } => false,
        }
    }

    pub(super) fn kind(&self) -> IncidentKind {
        match self {
            Self::Chatbot { .. } => IncidentKind::Chatbot,
            Self::Network { .. } => IncidentKind::Network,
        }
    }
}

impl Store {
    /// Returns the latest incident of the series, strongly consistent. One read unit for each 4 KB.
    pub(super) async fn latest_incident(&self, of: IncidentsOf<'_>) -> Result<Latest, StoreError> {
        // The sort key of the item that names the latest sorts after all ids.
        let query = self.table.query_partition(&of.pk()).scan_index_forward(false).limit(2);
        let output = query.send().await.map_err(|error| StoreError::unavailable(&error))?;
        let items = output.items.unwrap_or_default();
        let mut latest = Latest::default();
        if let Some(named) = items.first() {
            let Versioned { value, version }: Versioned<IncidentId> =
                table::from_json_item(named, attributes::DOCUMENT)?;
            latest.version = version;
            latest.incident = items.get(1).map(read).transpose()?.filter(|found| found.value.id == value);
        }
        Ok(latest)
    }

    /// Returns the latest incident of `chatbot`, strongly consistent; none if it never had one. One read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer, or the incident cannot be read.
    pub async fn incident_of(&self, chatbot: &Enrolment) -> Result<Option<Incident>, StoreError> {
        Ok(self.latest_incident(IncidentsOf::Chatbot(chatbot)).await?.incident.map(|incident| incident.value))
    }

    /// Returns the incident `id`, strongly consistent. Two read units.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there never was one.
    pub async fn incident(&self, id: IncidentId) -> Result<Versioned<Incident>, StoreError> {
        let item = self.table.get(IncidentIndex::Month(month(id)).key(id)).await?.ok_or(StoreError::NotFound)?;
        let pointer: Pointer = table::json_of(&item, attributes::DOCUMENT)?;
        read(&self.table.get(pointer.key(id)).await?.ok_or(StoreError::NotFound)?)
    }
}

impl Store {
    /// Takes the incident `id` of `chatbot` from the list of active ones, if it is over. Whoever ended it left it there. One
    /// read unit and six write units.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn unlist_incident(&self, chatbot: &Enrolment, id: IncidentId) -> Result<(), StoreError> {
        self.unlist(IncidentsOf::Chatbot(chatbot), id).await
    }

    /// Takes the incident `id` of the series from the lists of active ones, if it is over.
    pub(super) async fn unlist(&self, of: IncidentsOf<'_>, id: IncidentId) -> Result<(), StoreError> {
        let Some(item) = self.table.get(of.key(id)).await? else { return Ok(()) };
        let Versioned { value, version } = read(&item)?;
        if value.is_active() || !item.contains_key(attributes::DUE) {
            return Ok(());
        }
        let lists = active_lists(value.kind());
        let transaction = self.transaction().incident(&Step::of(value), version, false)?;
        // If it was changed meanwhile, whoever did so left it due.
        let transaction =
            lists.iter().try_fold(transaction, |transaction, list| transaction.delete(list.key(id), None))?;
        transaction.commit().await.or_else(WriteError::retryable)
    }
}

impl Transaction<'_> {
    /// Adds `step`, which follows the version `old` of the incident; 0 for a new one.
    pub(super) fn incident(self, step: &Step, old: i64, was_active: bool) -> Result<Self, StoreError> {
        let Step { incident, entries, reminder, .. } = step;
        let new = Versioned { value: incident.clone(), version: old + 1 };
        let key = IncidentsOf::subject(&incident.subject).key(incident.id);
        let mut item = table::to_json_item(key, attributes::DOCUMENT, &new)?;
        item.insert(attributes::EXPIRES.to_owned(), expires(incident));
        // One that has just ended is due once more, to be taken from the list of active ones.
        let due = incident.due().or_else(|| (was_active && !incident.is_active()).then_some(incident.as_of));
        item.extend(due.into_iter().flat_map(|at| keys::due_incident(incident.id, at)));
        let mut transaction = self.put(item, Condition::replaces(old))?;
        let mut lists = Vec::new();
        if old == 0 {
            let own = incident.institution().map_or(IncidentIndex::Network, IncidentIndex::Institution);
            lists.extend([IncidentIndex::Month(month(incident.id)), own]);
        }
        if incident.is_active() && !was_active {
            lists.extend(active_lists(incident.kind()));
        }
        for list in lists {
            transaction = transaction.put(pointer(list.key(incident.id), incident)?, Condition::None)?;
        }
        if let Some(parent) = incident.network_parent().filter(|_| incident.is_active() != was_active) {
            transaction = transaction.member(parent, step)?;
        }
        if let (Some(reminder), Some(chatbot)) = (reminder, incident.chatbot()) {
            let subject = EventSubject::Chatbot(&chatbot.name, chatbot.enrolled_at);
            transaction = transaction.event(subject, reminder)?;
        }
        if let Some(mut past) = past_item(incident)? {
            past.insert(attributes::EXPIRES.to_owned(), expires(incident));
            transaction = transaction.put(past, Condition::None)?;
        }
        entries.iter().try_fold(transaction, |transaction, entry| transaction.entry(incident, entry))
    }

    /// Adds the item that names `id` as the latest incident of the series, and follows the version `old`.
    pub(super) fn latest_incident(self, of: IncidentsOf<'_>, id: IncidentId, old: i64) -> Result<Self, StoreError> {
        let key = of.latest();
        let new = Versioned { value: id, version: old + 1 };
        self.put(table::to_json_item(key, attributes::DOCUMENT, &new)?, Condition::replaces(old))
    }

    fn entry(self, incident: &Incident, entry: &Entry) -> Result<Self, StoreError> {
        // An entry that is written again is the same.
        self.put(entry_item(incident, entry)?, Condition::None)
    }
}

/// Returns the item of an entry of the timeline of `incident`.
pub(super) fn entry_item(incident: &Incident, entry: &Entry) -> Result<Item, StoreError> {
    let mut item = keys::timeline_entry(incident.id, entry.at, &entry.id);
    let json = serde_json::to_string(entry).map_err(StoreError::unreadable)?;
    item.insert(attributes::DOCUMENT.to_owned(), text(json));
    item.insert(attributes::EXPIRES.to_owned(), expires(incident));
    Ok(item)
}

/// Reads an incident.
pub(super) fn read(item: &Item) -> Result<Versioned<Incident>, StoreError> {
    table::from_json_item(item, attributes::DOCUMENT)
}

/// Returns a day of the month in which the incident `id` began.
pub(super) fn month(id: IncidentId) -> Date {
    table::date(id.at())
}

fn pointer(key: Key, incident: &Incident) -> Result<Item, StoreError> {
    let mut item = key;
    let json = serde_json::to_string(&Pointer::to(incident)).map_err(StoreError::unreadable)?;
    item.insert(attributes::DOCUMENT.to_owned(), text(json));
    item.insert(attributes::EXPIRES.to_owned(), expires(incident));
    Ok(item)
}

/// Returns the lists of active incidents that have those of `kind`.
fn active_lists(kind: IncidentKind) -> &'static [IncidentIndex<'static>] {
    match kind {
        IncidentKind::Chatbot => &[IncidentIndex::Active],
        IncidentKind::Network => &[IncidentIndex::Active, IncidentIndex::ActiveNetwork],
    }
}

pub(super) fn expires(incident: &Incident) -> AttributeValue {
    expiry(incident.began, RETENTION)
}

/// Returns the time from which on an event may be unknown to an incident that is complete as of `as_of`: the clocks of the
/// functions that write events differ by less.
pub(super) fn overlap(as_of: Timestamp) -> Timestamp {
    as_of - SignedDuration::from_secs(10)
}
