//! Keys of incidents.

use centops_domain::{chatbots::Name, incidents::IncidentId, notifications::Enrolment};
use jiff::{Timestamp, civil::Date};

use super::{DUE_SHARDS, DueAttributes, due_at, enrolment, shard};
use crate::table::{self, Key, key};

/// Returns the attributes that place the incident `id` into the index of due items.
pub(crate) fn due_incident(id: IncidentId, at: Timestamp) -> DueAttributes {
    due_at(due_incidents_partition(shard(&id.to_string(), DUE_SHARDS)), at)
}

/// Returns a partition of the due incidents.
pub(crate) fn due_incidents_partition(shard: u32) -> String {
    format!("INCIDENT#{shard}")
}

/// Returns the partition of the incidents of a chatbot. An enrolment is identified to the millisecond.
pub(crate) fn incidents_pk(chatbot: &Enrolment) -> String {
    format!("INCIDENTS_OF#{}#{}", chatbot.name, chatbot.enrolled_at.as_millisecond())
}

/// Returns the chatbot whose incidents have the partition key `pk`.
pub(crate) fn chatbot_of_incidents(pk: &str) -> Option<Enrolment> {
    enrolment(pk.strip_prefix("INCIDENTS_OF#")?)
}

/// Returns the key of the item that names the latest incident of a chatbot.
pub(crate) fn latest_incident(chatbot: &Enrolment) -> Key {
    key(incidents_pk(chatbot), "LATEST")
}

pub(crate) fn incident(chatbot: &Enrolment, id: IncidentId) -> Key {
    key(incidents_pk(chatbot), id.to_string())
}

/// A list of incidents, newest last. Its items name the chatbot of each.
#[derive(Clone, Copy, Debug)]
pub(crate) enum IncidentIndex<'a> {
    /// Those that began in the month of this day (UTC).
    Month(Date),
    /// Those of chatbots of an institution.
    Institution(&'a Name),
    /// Those that are not over.
    Active,
}

impl IncidentIndex<'_> {
    pub(crate) fn pk(self) -> String {
        match self {
            Self::Month(day) => format!("INCIDENTS#{:04}-{:02}", day.year(), day.month()),
            Self::Institution(institution) => format!("INSTITUTION_INCIDENTS#{institution}"),
            Self::Active => "ACTIVE_INCIDENTS".to_owned(),
        }
    }

    pub(crate) fn key(self, id: IncidentId) -> Key {
        key(self.pk(), id.to_string())
    }
}

pub(crate) fn timeline_pk(incident: IncidentId) -> String {
    format!("TIMELINE#{incident}")
}

/// Returns the key of the entry `id` of the time `at`.
pub(crate) fn timeline_entry(incident: IncidentId, at: Timestamp, id: &str) -> Key {
    key(timeline_pk(incident), table::time_sk(at, id))
}
