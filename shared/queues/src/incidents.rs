//! Messages to the functions `track-incidents`, `correlate-incidents` and `post-incidents`.

use centops_domain::{incidents::IncidentId, notifications::Enrolment};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A chatbot whose incident is computed anew. The table has the events, so it does not matter how often a message arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowIncident {
    /// The chatbot. Its enrolment is exact to the millisecond.
    pub chatbot: Enrolment,
    /// The time of the event that the sender knows; none if the time changes the incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// The incident that is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
}

/// Work of the function `correlate-incidents`. The table has the facts, so it does not matter how often a message arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CorrelateIncidents {
    /// Incidents were opened: they may have a common cause.
    Openings,
    /// The network incident is due.
    Network(IncidentId),
}

/// An incident whose timeline has an entry: rooms of chats are told what is new. The table has the facts, so it does not matter
/// how often a message arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PostIncident {
    /// The incident.
    pub incident: IncidentId,
}
