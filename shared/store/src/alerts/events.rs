//! Events: written in the transaction of the change, and read from the table's stream (outbox).

use centops_domain::{
    alerts::{Event, EventKind},
    chatbots::Chatbot,
    health::RaisedEvent,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    StoreError, attributes,
    keys::{self, EventSubject},
    table::{Condition, Transaction, expiry, text},
};

/// The attribute that holds an event, as JSON. The stream's filter in the template passes new items that have it.
pub const EVENT_ATTRIBUTE: &str = attributes::EVENT;

/// Retention of events.
pub const EVENT_RETENTION: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Reads the event of a new event item from its [`EVENT_ATTRIBUTE`].
///
/// # Errors
/// When the text is not an event.
pub fn parse_event(text: &str) -> Result<Event, serde_json::Error> {
    serde_json::from_str(text)
}

impl Transaction<'_> {
    /// Adds `event` about `subject`, on the condition that no event about it has its id and time.
    pub(crate) fn event(self, subject: EventSubject<'_>, event: &Event) -> Result<Self, StoreError> {
        let body = serde_json::to_string(event).map_err(StoreError::unreadable)?;
        let mut item = keys::event(subject, event.at, &event.id);
        item.insert(attributes::EVENT.to_owned(), text(body));
        item.insert(attributes::EXPIRES.to_owned(), expiry(event.at, EVENT_RETENTION));
        self.put(item, Condition::Absent)
    }

    /// Adds the `events` that a change of the health of `chatbot` raised.
    ///
    /// `version` is the version of the health that is written with them. There is one such version, so the ids are unique,
    /// and stay the same if the write is repeated.
    pub(crate) fn events(
        self,
        chatbot: &Chatbot,
        version: i64,
        events: &[RaisedEvent],
        at: Timestamp,
    ) -> Result<Self, StoreError> {
        let name = &chatbot.name;
        events.iter().enumerate().try_fold(self, |transaction, (index, RaisedEvent { event, notify })| {
            let id = if index == 0 { format!("{name}-{version}") } else { format!("{name}-{version}-{index}") };
            let subject = match event {
                EventKind::CapReleased { kind } => EventSubject::Type(*kind),
                _ => EventSubject::Chatbot(name, chatbot.created_at),
            };
            transaction.event(subject, &Event { id, at, quiet: !notify, kind: event.clone() })
        })
    }
}
