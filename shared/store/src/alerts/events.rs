//! Events: written in the transaction of the change, and read from the table's stream (outbox).

use centops_domain::{
    alerts::{Event, EventKind},
    chatbots::Chatbot,
    health::RaisedEvent,
    notifications::Enrolment,
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

/// Returns the chatbot that the item with the partition key `pk` is an event of; none if it is about something else.
#[must_use]
pub fn chatbot_of_events(pk: &str) -> Option<Enrolment> {
    keys::enrolment(pk.strip_prefix("EVENTS#")?)
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

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::{Client, Config, config::BehaviorVersion};
    use centops_domain::{chatbots::ChatbotType, health::Cause};

    use super::*;
    use crate::table::{Table, text_of};

    #[test]
    fn end_of_a_cap_is_an_event_of_no_chatbot() {
        let client = Client::from_conf(Config::builder().behavior_version(BehaviorVersion::v2026_01_12()).build());
        let table = Table::new(client, "centops".to_owned());
        let new = serde_json::json!({
            "name": "tax", "uri": "https://tax.example.ee/", "type": "ministry", "institution": "tax-board",
            "contact": "owner@example.ee",
        });
        let at = Timestamp::from_millisecond(1_790_000_000_000).expect("a time");
        let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), at);
        let (kind, name) = (ChatbotType::Ministry, chatbot.name.clone());
        let reached = EventKind::CapReached { kind, chatbot: name, cause: Cause::Enrolled };
        let raised = [reached, EventKind::CapReleased { kind }].map(|event| RaisedEvent { event, notify: true });
        let transaction = Transaction::new(&table).events(&chatbot, 7, &raised, at).expect("events");
        let writes = transaction.into_writes().writes;
        let items = writes.iter().map(|write| write.put().expect("a put").item());
        let keys: Vec<_> = items.map(|item| [attributes::PK, attributes::SK].map(|name| text_of(item, name))).collect();
        let keys: Vec<_> = keys.into_iter().map(|key| key.map(|text| text.expect("a text"))).collect();
        assert_eq!(
            keys,
            [
                ["EVENTS#tax#1790000000000", "2026-09-21T14:13:20.000000000Z#tax-7"],
                ["EVENTS#ministry", "2026-09-21T14:13:20.000000000Z#tax-7-1"],
            ]
        );
    }
}
