//! The timeline of an incident. It only grows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    action::Attempt,
    incident::{ResolvedBy, State},
    incident_id::IncidentId,
};
use crate::alerts::event::EventKind;

/// An entry of a timeline. Its time and id are its key, so that an entry that is written again is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The time.
    pub at: Timestamp,
    /// The id, unique in the timeline.
    pub id: String,
    /// The author.
    pub by: Author,
    /// The content.
    pub content: EntryContent,
}

/// The author of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "subject", rename_all = "lowercase")]
pub enum Author {
    /// CentOps.
    System,
    /// An administrator or operator, by the `sub` claim of the token.
    Staff(String),
    /// An owner, by the `sub` claim of the token.
    Owner(String),
}

/// The content of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum EntryContent {
    /// An event of the chatbot.
    Event {
        /// The event.
        event: EventKind,
    },
    /// A probe by which the outage was looked at again.
    Probe {
        /// True if the chatbot answered as it should.
        healthy: bool,
        /// The fault.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<String>,
    },
    /// Another state.
    State {
        /// The state.
        state: State,
        /// The author of the resolution, for [`State::Resolved`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resolved_by: Option<ResolvedBy>,
    },
    /// An acknowledgement of an incident that was over.
    LateAcknowledgement,
    /// Another assignee.
    Assigned {
        /// The assignee; none if it is assigned to nobody any more.
        assignee: Option<String>,
    },
    /// A note of a person, masked.
    Note {
        /// The text.
        text: String,
    },
    /// An action that was taken.
    Action(Attempt),
    /// It became part of another incident.
    Merged {
        /// The other incident.
        into: IncidentId,
    },
    /// More incidents became members of the network incident.
    Grown {
        /// The number of incidents that became members so far.
        members: u32,
    },
    /// It is an incident of its own again.
    Split {
        /// The other incident.
        from: IncidentId,
    },
}
