//! Events: written in the transaction of the change, and read from the table's stream (outbox).

use centops_domain::{
    engine::Happened,
    event::{Event, Fact},
    name::Name,
    observation::Observer,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    StoreError, attributes, keys,
    table::{Condition, Transaction, expiry, text},
};

/// The attribute that holds an event, as JSON. The stream's filter in the template passes new items that have it.
pub const EVENT_ATTRIBUTE: &str = attributes::EVENT;

/// How long events are kept.
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
        let mut item = keys::event(&subject_of(&event.fact), &event.id);
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
        events: &[Happened],
        at: Timestamp,
    ) -> Result<Self, StoreError> {
        events.iter().enumerate().try_fold(self, |transaction, (index, Happened { fact, told })| {
            let id = if index == 0 { format!("{name}-{version}") } else { format!("{name}-{version}-{index}") };
            transaction.event(&Event { id, at, quiet: !told, fact: fact.clone() })
        })
    }
}

/// Returns the subject of `fact`, which is part of the event's key.
fn subject_of(fact: &Fact) -> String {
    match fact {
        Fact::ChatbotOnline { chatbot, .. }
        | Fact::ChatbotOffline { chatbot, .. }
        | Fact::ChatbotFlapping { chatbot, .. }
        | Fact::ChatbotSettled { chatbot, .. }
        | Fact::WouldGoOffline { chatbot, .. }
        | Fact::CapReached { chatbot, .. }
        | Fact::ObserverOutlier { chatbot, .. }
        | Fact::ObserverSilent { chatbot, .. }
        | Fact::ControlSet { chatbot, .. }
        | Fact::ControlEnded { chatbot } => chatbot.to_string(),
        Fact::CapReleased { kind } => kind.as_str().to_owned(),
        Fact::DmrSilent { dmr, .. } => Observer::Dmr(dmr.clone()).to_string(),
        Fact::ReleasePublished { release } => release.component.to_string(),
        Fact::InvitationSent { invitation, .. }
        | Fact::InvitationWithdrawn { invitation, .. }
        | Fact::ApplicationSubmitted { invitation, .. }
        | Fact::ApplicationApproved { invitation, .. }
        | Fact::ApplicationRejected { invitation, .. } => invitation.to_string(),
    }
}
