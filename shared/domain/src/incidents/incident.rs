//! The incident and its parts.

use std::{collections::BTreeSet, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{action::Attempt, family::Family, incident_id::IncidentId, network_cause::NetworkCause};
use crate::{
    chatbots::{name::Name, status::UnknownValue},
    health::cause::Cause,
    notifications::Enrolment,
};

/// The least time between two triage notes of an incident.
pub const NOTE_EVERY: SignedDuration = SignedDuration::from_mins(30);

/// An incident of one chatbot, or of several that have a common cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    /// The id.
    pub id: IncidentId,
    /// The subject: a chatbot, or the network.
    #[serde(flatten)]
    pub subject: Subject,
    /// The state.
    pub state: State,
    /// The condition of the chatbot; of a network incident down until its last member is over.
    pub condition: Condition,
    /// When the chatbot, or the first member, went offline.
    pub began: Timestamp,
    /// The time of the first failed observation.
    pub first_failed: Timestamp,
    /// The cause of the first outage; none if the chatbot did not come back after somebody took it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Its family; none for a network incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<Family>,
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
    /// When a person opened it again last. It does not resolve by itself before the chatbot was online for some time since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened_at: Option<Timestamp>,
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
    /// The cause that it has in common with others, as it was known when it became part of a network incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub common_cause: Option<NetworkCause>,
    /// True if a person made it an incident of its own: it does not become part of a network incident by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_separate: bool,
    /// The incidents that are part of it. Members of a network incident have items of their own.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub members: BTreeSet<IncidentId>,
    /// The time of the newest event that is part of it.
    pub as_of: Timestamp,
    /// The last triage note; none before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noted: Option<Noted>,
}

/// The last triage note of an incident, whether its timeline got it or it said nothing new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// When it was made.
    pub at: Timestamp,
    /// The digest of what it said.
    pub digest: String,
}

/// The subject of an incident. In its JSON form the fields are those of the incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Subject {
    /// A chatbot.
    Chatbot {
        /// The chatbot.
        chatbot: Enrolment,
        /// The institution that owned the chatbot when the incident began. Its owners see the incident.
        institution: Name,
    },
    /// Several chatbots that have a common cause.
    Network {
        /// The cause.
        network: NetworkCause,
    },
}

/// The kind of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IncidentKind {
    /// An outage of one chatbot.
    Chatbot,
    /// Outages with a common cause.
    Network,
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

impl IncidentKind {
    /// Returns the kind as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chatbot => "chatbot",
            Self::Network => "network",
        }
    }
}

impl FromStr for IncidentKind {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        [Self::Chatbot, Self::Network].into_iter().find(|kind| kind.as_str() == text).ok_or(UnknownValue)
    }
}

impl Incident {
    /// Returns the suspected incident `id` of `subject`, which is down since `began`. Nothing else is known of it.
    pub(crate) fn new(id: IncidentId, subject: Subject, began: Timestamp) -> Self {
        Self {
            id,
            subject,
            state: State::Suspected,
            condition: Condition::Down(began),
            began,
            first_failed: began,
            cause: None,
            family: None,
            opened_at: None,
            acknowledgement: None,
            first_acknowledged_at: None,
            resolution: None,
            reopened_at: None,
            reopened: 0,
            assignee: None,
            action: None,
            previous: None,
            parent: None,
            common_cause: None,
            is_separate: false,
            members: BTreeSet::new(),
            as_of: began,
            noted: None,
        }
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> IncidentKind {
        match self.subject {
            Subject::Chatbot { .. } => IncidentKind::Chatbot,
            Subject::Network { .. } => IncidentKind::Network,
        }
    }

    /// Returns the chatbot; none for a network incident.
    #[must_use]
    pub fn chatbot(&self) -> Option<&Enrolment> {
        match &self.subject {
            Subject::Chatbot { chatbot, .. } => Some(chatbot),
            Subject::Network { .. } => None,
        }
    }

    /// Returns the institution whose owners see it; none for a network incident, which staff and viewers see only.
    #[must_use]
    pub fn institution(&self) -> Option<&Name> {
        match &self.subject {
            Subject::Chatbot { institution, .. } => Some(institution),
            Subject::Network { .. } => None,
        }
    }

    /// Returns the cause that several incidents have in common, with its numbers: of a network incident its own, of a
    /// member the copy of when it joined. None for any other incident, and for a member of another institution than the cause
    /// names, which a person merged: its owners may see it.
    #[must_use]
    pub fn network_cause(&self) -> Option<&NetworkCause> {
        match &self.subject {
            Subject::Chatbot { institution, .. } => {
                self.common_cause.as_ref().filter(|cause| cause.is_for(institution))
            }
            Subject::Network { network } => Some(network),
        }
    }

    /// Returns the network incident that it is part of; none if it is part of none, or of an incident of a chatbot.
    #[must_use]
    pub fn network_parent(&self) -> Option<IncidentId> {
        self.parent.filter(|_| self.common_cause.is_some())
    }

    /// Returns whether it is not over: suspected, open or acknowledged, or transient of a chatbot that is still offline.
    #[must_use]
    pub fn is_active(&self) -> bool {
        match self.state {
            State::Suspected | State::Open | State::Acknowledged => true,
            State::Transient => matches!(self.condition, Condition::Down(_)),
            State::Resolved | State::Dismissed => false,
        }
    }

    /// Returns whether an outage that began at `at`, or ended then, is its own.
    #[must_use]
    pub fn covers(&self, at: Timestamp) -> bool {
        let end = match self.condition {
            Condition::Down(_) => None,
            Condition::Up(since) | Condition::Removed(since) => Some(since),
        };
        self.began <= at && (self.is_active() || end.is_some_and(|end| at <= end))
    }

    /// Returns when its next triage note is made: at once, and then each [`NOTE_EVERY`]. None unless it is open or acknowledged,
    /// and not part of another incident.
    #[must_use]
    pub fn note_due(&self) -> Option<Timestamp> {
        let is_open = matches!(self.state, State::Open | State::Acknowledged) && self.parent.is_none();
        let opened = self.opened_at.filter(|_| is_open)?;
        Some(self.noted.as_ref().map_or(opened, |noted| noted.at + NOTE_EVERY))
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
