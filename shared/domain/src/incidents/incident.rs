//! The incident and its parts.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{action::Attempt, family::Family, incident_id::IncidentId};
use crate::{chatbots::name::Name, health::cause::Cause, notifications::Enrolment};

/// An incident of one chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    /// The id.
    pub id: IncidentId,
    /// The chatbot.
    pub chatbot: Enrolment,
    /// The institution that owned the chatbot when the incident began. Its owners see the incident.
    pub institution: Name,
    /// The state.
    pub state: State,
    /// The condition of the chatbot.
    pub condition: Condition,
    /// When the chatbot went offline.
    pub began: Timestamp,
    /// The time of the first failed observation.
    pub first_failed: Timestamp,
    /// The cause of the first outage; none if the chatbot did not come back after somebody took it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Its family.
    pub family: Family,
    /// When it was opened first; none while nobody was asked to look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_at: Option<Timestamp>,
    /// The acknowledgement that holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledgement: Option<Acknowledgement>,
    /// When it was acknowledged first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_acknowledged_at: Option<Timestamp>,
    /// The last resolution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// The number of times that it was opened again.
    #[serde(default)]
    pub reopened: u32,
    /// The person who looks after it, by the `sub` claim of the token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// The action that was taken, and whether it helped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Attempt>,
    /// The incident of the same chatbot before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<IncidentId>,
    /// The incident that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<IncidentId>,
    /// The incidents that are part of it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub members: BTreeSet<IncidentId>,
    /// The time of the newest event that is part of it.
    pub as_of: Timestamp,
}

/// The state of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is looked at again before a person is asked to act.
    Suspected,
    /// It was over when it was looked at again.
    Transient,
    /// Somebody has to look at it.
    Open,
    /// Somebody looks at it.
    Acknowledged,
    /// It is over.
    Resolved,
    /// It is none.
    Dismissed,
}

/// The condition of the chatbot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", content = "since", rename_all = "lowercase")]
pub enum Condition {
    /// Offline since then.
    Down(Timestamp),
    /// Online since then.
    Up(Timestamp),
    /// Removed since then.
    Removed(Timestamp),
}

/// An acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// The person, by the `sub` claim of the token.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// When it ends by itself.
    pub until: Timestamp,
}

/// A resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// The end of the outage: when the chatbot came back, or was removed.
    pub at: Timestamp,
    /// The author of the resolution.
    pub by: ResolvedBy,
}

/// The author of a resolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResolvedBy {
    /// The chatbot stayed online.
    Itself,
    /// A person.
    Person,
    /// The chatbot was removed.
    Removal,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Suspected, Self::Transient, Self::Open, Self::Acknowledged, Self::Resolved, Self::Dismissed];

    /// Returns the state as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Suspected => "suspected",
            Self::Transient => "transient",
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Dismissed => "dismissed",
        }
    }
}

impl Incident {
    /// Returns whether it is not over: suspected, open or acknowledged, or transient of a chatbot that is still offline.
    #[must_use]
    pub fn is_active(&self) -> bool {
        match self.state {
            State::Suspected | State::Open | State::Acknowledged => true,
            State::Transient => matches!(self.condition, Condition::Down(_)),
            State::Resolved | State::Dismissed => false,
        }
    }

    /// Returns since when the chatbot is online again; none while it is not.
    #[must_use]
    pub fn up_since(&self) -> Option<Timestamp> {
        match self.condition {
            Condition::Up(since) => Some(since),
            Condition::Down(_) | Condition::Removed(_) => None,
        }
    }
}
