//! The items of incidents.

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    chatbots::Name,
    incidents::{Entry, Incident, IncidentId, Step},
    notifications::Enrolment,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, Versioned, attributes,
    keys::{self, IncidentIndex},
    table::{self, Condition, Item, Key, Transaction, WriteError, expiry, text},
};

/// Retention of incidents and their timelines, from their beginning.
const RETENTION: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The latest incident of a chatbot, with the version of the item that names it: 0 if it never had one.
#[derive(Clone, Debug, Default)]
pub(super) struct Latest {
    pub(super) version: i64,
    pub(super) incident: Option<Versioned<Incident>>,
}

/// An item of an index: the incident, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Pointer {
    pub(super) chatbot: Enrolment,
    pub(super) institution: Name,
}

impl Store {
    /// Returns the latest incident of `chatbot`, strongly consistent. One read unit for each 4 KB.
    pub(super) async fn latest_incident(&self, chatbot: &Enrolment) -> Result<Latest, StoreError> {
        // The sort key of the item that names the latest sorts after all ids.
        let query = self.table.query_partition(&keys::incidents_pk(chatbot)).scan_index_forward(false).limit(2);
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

    /// Returns the incident `id`, strongly consistent. Two read units.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there never was one.
    pub async fn incident(&self, id: IncidentId) -> Result<Versioned<Incident>, StoreError> {
        let item = self.table.get(IncidentIndex::Month(month(id)).key(id)).await?.ok_or(StoreError::NotFound)?;
        let Pointer { chatbot, .. } = table::json_of(&item, attributes::DOCUMENT)?;
        read(&self.table.get(keys::incident(&chatbot, id)).await?.ok_or(StoreError::NotFound)?)
    }
}

impl Store {
    /// Takes the incident `id` of `chatbot` from the list of active ones, if it is over. Whoever ended it left it there. One
    /// read unit and six write units.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn unlist_incident(&self, chatbot: &Enrolment, id: IncidentId) -> Result<(), StoreError> {
        let Some(item) = self.table.get(keys::incident(chatbot, id)).await? else { return Ok(()) };
        let Versioned { value, version } = read(&item)?;
        if value.is_active() || !item.contains_key(attributes::DUE) {
            return Ok(());
        }
        let transaction = self.transaction().incident(&Step::of(value), version, false)?;
        // If it was changed meanwhile, whoever did so left it due.
        transaction.delete(IncidentIndex::Active.key(id), None)?.commit().await.or_else(WriteError::retryable)
    }
}

impl Transaction<'_> {
    /// Adds `step`, which follows the version `old` of the incident; 0 for a new one.
    pub(super) fn incident(self, step: &Step, old: i64, was_active: bool) -> Result<Self, StoreError> {
        let Step { incident, entries } = step;
        let new = Versioned { value: incident.clone(), version: old + 1 };
        let mut item = table::to_json_item(keys::incident(&incident.chatbot, incident.id), attributes::DOCUMENT, &new)?;
        item.insert(attributes::EXPIRES.to_owned(), expires(incident));
        // One that has just ended is due once more, to be taken from the list of active ones.
        let due = incident.due().or_else(|| (was_active && !incident.is_active()).then_some(incident.as_of));
        item.extend(due.into_iter().flat_map(|at| keys::due_incident(incident.id, at)));
        let mut transaction = self.put(item, Condition::replaces(old))?;
        if old == 0 {
            for index in [IncidentIndex::Month(month(incident.id)), IncidentIndex::Institution(&incident.institution)] {
                transaction = transaction.put(pointer(index.key(incident.id), incident)?, Condition::None)?;
            }
        }
        if incident.is_active() && !was_active {
            transaction =
                transaction.put(pointer(IncidentIndex::Active.key(incident.id), incident)?, Condition::None)?;
        }
        entries.iter().try_fold(transaction, |transaction, entry| transaction.entry(incident, entry))
    }

    /// Adds the item that names `id` as the latest incident of `chatbot`, and follows the version `old`.
    pub(super) fn latest_incident(self, chatbot: &Enrolment, id: IncidentId, old: i64) -> Result<Self, StoreError> {
        let key = keys::latest_incident(chatbot);
        let new = Versioned { value: id, version: old + 1 };
        self.put(table::to_json_item(key, attributes::DOCUMENT, &new)?, Condition::replaces(old))
    }

    fn entry(self, incident: &Incident, entry: &Entry) -> Result<Self, StoreError> {
        let mut item = keys::timeline_entry(incident.id, entry.at, &entry.id);
        let json = serde_json::to_string(entry).map_err(StoreError::unreadable)?;
        item.insert(attributes::DOCUMENT.to_owned(), text(json));
        item.insert(attributes::EXPIRES.to_owned(), expires(incident));
        // An entry that is written again is the same.
        self.put(item, Condition::None)
    }
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
    let pointer = Pointer { chatbot: incident.chatbot.clone(), institution: incident.institution.clone() };
    let json = serde_json::to_string(&pointer).map_err(StoreError::unreadable)?;
    item.insert(attributes::DOCUMENT.to_owned(), text(json));
    item.insert(attributes::EXPIRES.to_owned(), expires(incident));
    Ok(item)
}

fn expires(incident: &Incident) -> AttributeValue {
    expiry(incident.began, RETENTION)
}

/// Returns the time from which on an event may be unknown to an incident that is complete as of `as_of`: the clocks of the
/// functions that write events differ by less.
pub(super) fn overlap(as_of: Timestamp) -> Timestamp {
    as_of - SignedDuration::from_secs(10)
}
