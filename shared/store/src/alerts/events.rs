//! Events: written in the transaction of the change, and read from the table's stream (outbox).

use centops_domain::{
    alerts::{Event, EventKind},
    chatbots::Name,
    credentials::Profile,
    health::RaisedEvent,
    ingestion::Observer,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    StoreError, attributes, keys,
    table::{Condition, Transaction, expiry, text},
};

/// The attribute that holds an event, as JSON. The stream's filter in the template passes new items that have it.
pub const EVENT_ATTRIBUTE: &str = attributes::EVENT;

/// Retention of events.
const RETENTION: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Reads the event of a new event item from its [`EVENT_ATTRIBUTE`].
///
/// # Errors
/// When the text is not an event.
pub fn parse_event(text: &str) -> Result<Event, serde_json::Error> {
    serde_json::from_str(text)
}

impl Transaction<'_> {
    /// Adds `event`, on the condition that no event has its id.
    pub(crate) fn event(self, event: &Event) -> Result<Self, StoreError> {
        let body = serde_json::to_string(event).map_err(StoreError::unreadable)?;
        let mut item = keys::event(&subject_of(&event.kind), &event.id);
        item.insert(attributes::EVENT.to_owned(), text(body));
        item.insert(attributes::EXPIRES.to_owned(), expiry(event.at, RETENTION));
        self.put(item, Condition::Absent)
    }

    /// Adds the `events` of the chatbot or DMR `name`.
    ///
    /// `version` is the version of `name` that is written with them. There is one such version, so the ids are unique,
    /// and stay the same if the write is repeated.
    pub(crate) fn events(
        self,
        name: &Name,
        version: i64,
        events: &[RaisedEvent],
        at: Timestamp,
    ) -> Result<Self, StoreError> {
        events.iter().enumerate().try_fold(self, |transaction, (index, RaisedEvent { event, notify })| {
            let id = if index == 0 { format!("{name}-{version}") } else { format!("{name}-{version}-{index}") };
            transaction.event(&Event { id, at, quiet: !notify, kind: event.clone() })
        })
    }
}

/// Returns the subject of an event of `kind`, which is part of the event's key.
fn subject_of(kind: &EventKind) -> String {
    match kind {
        EventKind::ChatbotOnline { chatbot, .. }
        | EventKind::ChatbotOffline { chatbot, .. }
        | EventKind::ChatbotFlapping { chatbot, .. }
        | EventKind::ChatbotSettled { chatbot, .. }
        | EventKind::ChatbotMoved { chatbot, .. }
        | EventKind::WouldGoOffline { chatbot, .. }
        | EventKind::CapReached { chatbot, .. }
        | EventKind::ObserverOutlier { chatbot, .. }
        | EventKind::ObserverSilent { chatbot, .. }
        | EventKind::ControlSet { chatbot, .. }
        | EventKind::ControlEnded { chatbot } => chatbot.to_string(),
        EventKind::CapReleased { kind: chatbots } => chatbots.as_str().to_owned(),
        EventKind::DmrSilent { dmr, .. } => Observer::Dmr(dmr.clone()).to_string(),
        EventKind::ReleasePublished { release } | EventKind::ReleaseWithdrawn { release } => {
            release.component.to_string()
        }
        EventKind::CertificateExpiring { profile: Profile::Dmr, name, .. } => Observer::Dmr(name.clone()).to_string(),
        EventKind::CertificateExpiring { profile: Profile::Chatbot, name, .. } => name.to_string(),
        EventKind::InvitationSent { invitation, .. }
        | EventKind::InvitationWithdrawn { invitation, .. }
        | EventKind::ApplicationSubmitted { invitation, .. }
        | EventKind::ApplicationApproved { invitation, .. }
        | EventKind::ApplicationRejected { invitation, .. } => invitation.to_string(),
    }
}
