//! Audit records: the actor, operation and time of a change, with the state before and after. A record never changes.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    callers::Caller,
    chatbots::{chatbot::Chatbot, name::Name},
};

/// The time for which records are kept.
pub const RETENTION: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The actor of an operation, whether permitted or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "lowercase")]
pub enum Actor {
    /// A person, by the `sub` claim of the token.
    Person(String),
    /// A DMR, by its certificate.
    Dmr(Name),
    /// A chatbot, by its certificate.
    Chatbot(Name),
    /// CentOps itself, by the name of the function: nobody requested the change.
    System(String),
    /// An unauthenticated caller: unverified details, such as the source IP address. May be empty.
    Unknown(String),
}

impl From<Option<Caller>> for Actor {
    fn from(caller: Option<Caller>) -> Self {
        match caller {
            Some(Caller::Person(person)) => Self::Person(person.subject),
            Some(Caller::Dmr(name)) => Self::Dmr(name),
            Some(Caller::Chatbot(name)) => Self::Chatbot(name),
            None => Self::Unknown(String::new()),
        }
    }
}

/// The outcome of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The change was written.
    Done,
    /// The operation was not permitted.
    Refused,
    /// A person signed in.
    Login,
}

/// The subject of an operation. Empty if the operation itself implies it, as for the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The chatbot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chatbot: Option<Name>,
    /// The institution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<Name>,
}

impl From<&Chatbot> for Subject {
    fn from(chatbot: &Chatbot) -> Self {
        Self { chatbot: Some(chatbot.name.clone()), institution: Some(chatbot.institution.clone()) }
    }
}

/// An audit record, as stored and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The record's id. The same if the same request writes the record again.
    pub id: String,
    /// The time of the operation.
    pub at: Timestamp,
    /// The actor.
    pub by: Actor,
    /// What the actor used in place of a session or a token: `slack`, `mattermost`, `webhook:` and the name of a key, or
    /// `topic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The operation: the `operationId` of the contract.
    pub operation: String,
    /// The outcome.
    pub outcome: Outcome,
    /// The subject.
    #[serde(flatten)]
    pub subject: Subject,
    /// The state before, as the API shows it; none if there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// The state after; none if it was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The reason of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The request id, as in problem responses and in the logs of the functions.
    pub request: String,
}

impl Record {
    /// Returns the record of a change. `before` and `after` are as the API shows them, `null` for none.
    #[must_use]
    pub fn done(by: Actor, operation: &str, request: &str, at: Timestamp, subject: Subject, change: Change) -> Self {
        let Change { before, after } = change;
        let some = |value: Value| (!value.is_null()).then_some(value);
        Self {
            subject,
            before: some(before),
            after: some(after),
            ..Self::new(by, operation, request, at, Outcome::Done)
        }
    }

    /// Returns the record of a refusal with its `reason`.
    #[must_use]
    pub fn refused(by: Actor, operation: &str, request: &str, at: Timestamp, subject: Subject, reason: &str) -> Self {
        let reason = Some(reason.to_owned());
        Self { subject, reason, ..Self::new(by, operation, request, at, Outcome::Refused) }
    }

    /// Returns the record of a sign-in.
    #[must_use]
    pub fn login(by: Actor, operation: &str, request: &str, at: Timestamp) -> Self {
        Self::new(by, operation, request, at, Outcome::Login)
    }

    fn new(by: Actor, operation: &str, request: &str, at: Timestamp, outcome: Outcome) -> Self {
        Self {
            id: request.to_owned(),
            at,
            by,
            via: None,
            operation: operation.to_owned(),
            outcome,
            subject: Subject::default(),
            before: None,
            after: None,
            reason: None,
            request: request.to_owned(),
        }
    }

    /// Returns the record of an actor who used `via` in place of a session or a token.
    #[must_use]
    pub fn via(self, via: Option<&str>) -> Self {
        Self { via: via.map(str::to_owned), ..self }
    }

    /// Returns the record with the id of the write number `part` of its request, counted from 0, for requests that
    /// write more than once.
    #[must_use]
    pub fn part(mut self, part: u8) -> Self {
        if part > 0 {
            self.id = format!("{}-{part}", self.request);
        }
        self
    }

    /// Returns the chatbot under which the record is indexed: the subject, or else the actor.
    #[must_use]
    pub fn chatbot(&self) -> Option<&Name> {
        match (&self.subject.chatbot, &self.by) {
            (Some(chatbot), _) | (None, Actor::Chatbot(chatbot)) => Some(chatbot),
            _ => None,
        }
    }

    /// Returns the person under whom the record is indexed.
    #[must_use]
    pub fn person(&self) -> Option<&str> {
        match &self.by {
            Actor::Person(subject) => Some(subject),
            _ => None,
        }
    }
}

/// The states before and after a change, as JSON; `null` for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The state before.
    pub before: Value,
    /// The state after.
    pub after: Value,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a good name")
    }

    fn refused(by: Actor, subject: Subject) -> Record {
        Record::refused(by, "get-chatbot", "r-1", Timestamp::UNIX_EPOCH, subject, "no")
    }

    #[test]
    fn record_has_the_documented_json() {
        let subject = Subject { chatbot: Some(name("tax-board")), institution: None };
        let change = Change { before: Value::Null, after: json!({"mode": "hold"}) };
        let by = Actor::Person("EE60001019906".into());
        let record = Record::done(by, "set-control", "r-1", Timestamp::UNIX_EPOCH, subject, change);
        let text = json!({
            "id": "r-1", "at": "1970-01-01T00:00:00Z", "by": {"kind": "person", "name": "EE60001019906"},
            "operation": "set-control", "outcome": "done", "chatbot": "tax-board", "after": {"mode": "hold"},
            "request": "r-1",
        });
        assert_eq!(serde_json::to_value(&record).expect("json"), text);
        assert_eq!(serde_json::from_value::<Record>(text).expect("a record"), record);
        let by_chat = serde_json::to_value(record.via(Some("slack"))).expect("json");
        assert_eq!(by_chat["via"], "slack");
        let system = serde_json::to_value(Actor::System("check-credentials".into())).expect("json");
        assert_eq!(system, json!({"kind": "system", "name": "check-credentials"}));
    }

    #[test]
    fn record_is_indexed_by_its_subject_and_else_by_its_actor() {
        let tax = Subject { chatbot: Some(name("tax")), institution: None };
        assert_eq!(refused(Actor::Chatbot(name("police")), tax).chatbot(), Some(&name("tax")));
        assert_eq!(refused(Actor::Chatbot(name("police")), Subject::default()).chatbot(), Some(&name("police")));
        assert_eq!(refused(Actor::Dmr(name("tallinn")), Subject::default()).chatbot(), None);
        let system = refused(Actor::System("check-credentials".into()), Subject::default());
        assert_eq!((system.chatbot(), system.person()), (None, None));
        let unproved = refused(Actor::Unknown("EE1".into()), Subject::default());
        assert_eq!(unproved.person(), None, "an unauthenticated caller is not indexed as a person");
    }

    #[test]
    fn each_write_of_a_request_has_its_own_id() {
        let login = || Record::login(Actor::Person("EE1".into()), "authorize", "r-1", Timestamp::UNIX_EPOCH);
        assert_eq!(login().part(0).id, "r-1");
        assert_eq!(login().part(1).id, "r-1-1");
    }
}
