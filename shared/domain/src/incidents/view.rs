//! The API representation of incidents and their timelines.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::{
    action::Attempt,
    advice::AdviceView,
    entry::{Author, Entry, EntryContent},
    family::Family,
    incident::{Condition, Incident, IncidentKind, ResolvedBy, State},
    incident_id::IncidentId,
    network_cause::NetworkCause,
};
use crate::{
    alerts::{event::Event, view::EventView},
    chatbots::name::Name,
    health::view::CauseView,
};

/// An incident.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentView {
    id: IncidentId,
    kind: IncidentKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    chatbot: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    institution: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    common_cause: Option<NetworkCause>,
    state: &'static str,
    status: &'static str,
    status_since: Timestamp,
    began: Timestamp,
    first_failed: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<CauseView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<Family>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged: Option<AcknowledgementView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved: Option<ResolutionView>,
    reopened: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<Attempt>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<IncidentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<IncidentId>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    members: BTreeSet<IncidentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<AdviceView>,
}

#[derive(Clone, Debug, Serialize)]
struct AcknowledgementView {
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    at: Timestamp,
    until: Timestamp,
}

#[derive(Clone, Debug, Serialize)]
struct ResolutionView {
    at: Timestamp,
    by: ResolvedBy,
}

/// An entry of a timeline.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryView {
    at: Timestamp,
    by: AuthorView,
    #[serde(flatten)]
    content: ContentView,
}

#[derive(Clone, Debug, Serialize)]
struct AuthorView {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum ContentView {
    Shown(ShownContent),
    /// Content whose form in the API is that in which it is stored.
    Stored(EntryContent),
}

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum ShownContent {
    Event {
        event: EventView,
    },
    Assigned {
        /// False if it is assigned to nobody any more.
        assigned: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        assignee: Option<String>,
    },
}

impl IncidentView {
    /// Returns the representation of `incident`.
    #[must_use]
    pub fn new(incident: Incident) -> Self {
        let merged = incident.parent.is_some() && incident.is_active();
        let (status, status_since) = match incident.condition {
            Condition::Down(since) => ("offline", since),
            Condition::Up(since) => ("online", since),
            Condition::Removed(since) => ("removed", since),
        };
        let (kind, common_cause) = (incident.kind(), incident.network_cause().cloned());
        let chatbot = incident.chatbot().map(|chatbot| chatbot.name.clone());
        let institution = incident.institution().cloned();
        let acknowledged = incident.acknowledgement.map(|acknowledgement| AcknowledgementView {
            by: Some(acknowledgement.by),
            at: acknowledgement.at,
            until: acknowledgement.until,
        });
        let resolution = incident.resolution.filter(|_| incident.state == State::Resolved);
        Self {
            id: incident.id,
            kind,
            chatbot,
            institution,
            common_cause,
            state: if merged { "merged" } else { incident.state.as_str() },
            status,
            status_since,
            began: incident.began,
            first_failed: incident.first_failed,
            cause: incident.cause.as_ref().map(CauseView::new),
            family: incident.family,
            opened_at: incident.opened_at,
            acknowledged,
            resolved: resolution.map(|resolution| ResolutionView { at: resolution.at, by: resolution.by }),
            reopened: incident.reopened,
            assignee: incident.assignee,
            action: incident.action,
            previous: incident.previous,
            parent: incident.parent,
            members: incident.members,
            advice: None,
        }
    }

    /// Returns the representation with what helped in similar incidents.
    #[must_use]
    pub fn with_advice(self, advice: Option<AdviceView>) -> Self {
        Self { advice, ..self }
    }

    /// Returns the representation without persons, for owners: they see that somebody acknowledged it, not who.
    #[must_use]
    pub fn without_persons(self) -> Self {
        let acknowledged = self.acknowledged.map(|acknowledged| AcknowledgementView { by: None, ..acknowledged });
        Self { acknowledged, assignee: None, ..self }
    }
}

impl EntryView {
    /// Returns the representation of `entry`.
    #[must_use]
    pub fn new(entry: Entry) -> Self {
        let Entry { at, id, by, content } = entry;
        let (kind, subject) = match by {
            Author::System => ("system", None),
            Author::Staff(subject) => ("staff", Some(subject)),
            Author::Owner(subject) => ("owner", Some(subject)),
        };
        let content = match content {
            EntryContent::Event { event } => {
                let event = EventView::new(Event { id, at, quiet: false, kind: event });
                ContentView::Shown(ShownContent::Event { event })
            }
            EntryContent::Assigned { assignee } => {
                ContentView::Shown(ShownContent::Assigned { assigned: assignee.is_some(), assignee })
            }
            other => ContentView::Stored(other),
        };
        Self { at, by: AuthorView { kind, subject }, content }
    }

    /// Returns the representation without persons, for owners.
    #[must_use]
    pub fn without_persons(self) -> Self {
        let content = match self.content {
            ContentView::Shown(ShownContent::Event { event }) => {
                ContentView::Shown(ShownContent::Event { event: event.without_persons() })
            }
            ContentView::Shown(ShownContent::Assigned { assigned, .. }) => {
                ContentView::Shown(ShownContent::Assigned { assigned, assignee: None })
            }
            stored => stored,
        };
        Self { by: AuthorView { subject: None, ..self.by }, content, ..self }
    }
}
