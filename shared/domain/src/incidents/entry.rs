//! The timeline of an incident. It only grows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    action::Attempt,
    incident::{ResolvedBy, State},
    incident_id::IncidentId,
    note::Note,
};
use crate::{
    alerts::event::EventKind,
    callers::Scope,
    chatbots::name::Name,
    notifications::{channel::Channel, notified::LastNotified, subscription_id::SubscriptionId},
};

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

impl Entry {
    /// Returns whether a person of this scope sees it: those who were told are seen by staff, and by owners of their
    /// institution.
    #[must_use]
    pub fn is_visible(&self, scope: Scope<'_>) -> bool {
        match &self.content {
            EntryContent::Notified { institution: Some(institution), .. } => scope.includes(institution),
            EntryContent::Notified { institution: None, .. } => scope == Scope::All,
            _ => true,
        }
    }
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
    /// A triage note.
    Triage {
        /// The note.
        triage: Note,
    },
    /// A subscription was notified of the outage, or of its end.
    #[serde(rename = "told")]
    Notified {
        /// The subscription.
        subscription: SubscriptionId,
        /// Its institution; none for the operations centre.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        institution: Option<Name>,
        /// Its channel.
        channel: Channel,
        /// The status of the chatbot that it was told.
        status: LastNotified,
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
