//! Keys of incidents.

use centops_domain::{
    chatbots::Name,
    incidents::{IncidentId, Shared, Subject},
    notifications::Enrolment,
};
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

/// A series of incidents: those of a chatbot, or the network incidents of one property.
#[derive(Clone, Copy, Debug)]
pub(crate) enum IncidentsOf<'a> {
    /// Those of a chatbot. An enrolment is identified to the millisecond.
    Chatbot(&'a Enrolment),
    /// Those of the network whose members share this.
    Network(&'a Shared),
}

impl<'a> IncidentsOf<'a> {
    /// Returns the series of an incident of `subject`.
    pub(crate) fn subject(subject: &'a Subject) -> Self {
        match subject {
            Subject::Chatbot { chatbot, .. } => Self::Chatbot(chatbot),
            Subject::Network { network } => Self::Network(&network.shared),
        }
    }

    pub(crate) fn pk(self) -> String {
        match self {
            Self::Chatbot(chatbot) => format!("{OF_CHATBOT}{}#{}", chatbot.name, chatbot.enrolled_at.as_millisecond()),
            Self::Network(shared) => format!("NETWORK_INCIDENTS_OF#{shared}"),
        }
    }

    /// Returns the key of the item that names the latest one.
    pub(crate) fn latest(self) -> Key {
        key(self.pk(), "LATEST")
    }

    pub(crate) fn key(self, id: IncidentId) -> Key {
        key(self.pk(), id.to_string())
    }
}

const OF_CHATBOT: &str = "INCIDENTS_OF#";

/// Returns the chatbot whose incidents have the partition key `pk`; none of network incidents.
pub(crate) fn chatbot_of_incidents(pk: &str) -> Option<Enrolment> {
    enrolment(pk.strip_prefix(OF_CHATBOT)?)
}

/// Returns the partition of the members of the network incident `parent`.
pub(crate) fn members_pk(parent: IncidentId) -> String {
    format!("MEMBERS#{parent}")
}

/// Returns the prefix of the sort keys of members that are active, or over.
pub(crate) fn members_prefix(is_active: bool) -> &'static str {
    if is_active { "ACTIVE#" } else { "ENDED#" }
}

/// Returns the key of the member `id`, by whether it is active.
pub(crate) fn member(parent: IncidentId, is_active: bool, id: IncidentId) -> Key {
    key(members_pk(parent), format!("{}{id}", members_prefix(is_active)))
}

/// Returns the key of the claim to send one message to `correlate-incidents` in the span that begins at `second`.
pub(crate) fn correlation(second: i64) -> Key {
    key(format!("CORRELATION#{second}"), "CORRELATION")
}

/// A list of incidents, newest last. Its items name the chatbot of each, or the property.
#[derive(Clone, Copy, Debug)]
pub(crate) enum IncidentIndex<'a> {
    /// Those that began in the month of this day (UTC).
    Month(Date),
    /// Those of chatbots of an institution.
    Institution(&'a Name),
    /// Those that are not over.
    Active,
    /// Network incidents.
    Network,
    /// Network incidents that are not over.
    ActiveNetwork,
}

impl IncidentIndex<'_> {
    pub(crate) fn pk(self) -> String {
        match self {
            Self::Month(day) => format!("INCIDENTS#{:04}-{:02}", day.year(), day.month()),
            Self::Institution(institution) => format!("INSTITUTION_INCIDENTS#{institution}"),
            Self::Active => "ACTIVE_INCIDENTS".to_owned(),
            Self::Network => "NETWORK_INCIDENTS".to_owned(),
            Self::ActiveNetwork => "ACTIVE_NETWORK_INCIDENTS".to_owned(),
        }
    }

    pub(crate) fn key(self, id: IncidentId) -> Key {
        key(self.pk(), id.to_string())
    }
}

/// Returns the partition of what later incidents learn from resolved ones.
pub(crate) fn past_incidents_pk() -> String {
    "PAST_INCIDENTS".to_owned()
}

/// Returns the key of what later incidents learn from the incident `id`.
pub(crate) fn past_incident(id: IncidentId) -> Key {
    key(past_incidents_pk(), id.to_string())
}

const TIMELINE: &str = "TIMELINE#";

pub(crate) fn timeline_pk(incident: IncidentId) -> String {
    format!("{TIMELINE}{incident}")
}

/// Returns the incident whose timeline has the partition key `pk`; none of another item.
pub(crate) fn incident_of_timeline(pk: &str) -> Option<IncidentId> {
    pk.strip_prefix(TIMELINE)?.parse().ok()
}

/// Returns the key of the entry `id` of the time `at`.
pub(crate) fn timeline_entry(incident: IncidentId, at: Timestamp, id: &str) -> Key {
    key(timeline_pk(incident), table::time_sk(at, id))
}
