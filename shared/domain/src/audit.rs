//! The audit trail: who did what, when, and what it was before and after. A record is never changed.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    callers::Caller,
    chatbots::{chatbot::Chatbot, name::Name},
};

/// How long records are kept.
pub const RETENTION: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Who did it, or wanted to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "lowercase")]
pub enum Actor {
    /// A person, by the token's `sub`.
    Person(String),
    /// A DMR, by its certificate.
    Dmr(Name),
    /// A chatbot, by its certificate.
    Chatbot(Name),
    /// Nobody that was recognised: what is known of the caller, unproved, such as an address. May be empty.
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

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was written.
    Done,
    /// It was not permitted.
    Refused,
    /// Somebody came in.
    Login,
}

/// What it was done to; nothing where the operation itself says it, as with the policy.
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

/// One record, as it is kept and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its own, and the same when the same request writes it again.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Actor,
    /// What: the `operationId` of the contract.
    pub operation: String,
    /// What came of it.
    pub outcome: Outcome,
    /// To what.
    #[serde(flatten)]
    pub subject: Subject,
    /// How it was before, as the API shows it; nothing where there was nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// How it is since; nothing where there is nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The id of the request, as in problems and in the functions' logs.
    pub request: String,
}

impl Record {
    /// The record of a write: `before` and `after` as the API shows them, `null` for nothing.
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

    /// The record of a refusal, with its `reason`.
    #[must_use]
    pub fn refused(by: Actor, operation: &str, request: &str, at: Timestamp, subject: Subject, reason: &str) -> Self {
        let reason = Some(reason.to_owned());
        Self { subject, reason, ..Self::new(by, operation, request, at, Outcome::Refused) }
    }

    /// The record of somebody who came in.
    #[must_use]
    pub fn login(by: Actor, operation: &str, request: &str, at: Timestamp) -> Self {
        Self::new(by, operation, request, at, Outcome::Login)
    }

    fn new(by: Actor, operation: &str, request: &str, at: Timestamp, outcome: Outcome) -> Self {
        Self {
            id: request.to_owned(),
            at,
            by,
            operation: operation.to_owned(),
            outcome,
            subject: Subject::default(),
            before: None,
            after: None,
            reason: None,
            request: request.to_owned(),
        }
    }

    /// The same as the record of the write `part` of its request, from 0: for a request that writes more
    /// than once.
    #[must_use]
    pub fn part(mut self, part: u8) -> Self {
        if part > 0 {
            self.id = format!("{}-{part}", self.request);
        }
        self
    }

    /// The chatbot under which it is found: the one it was done to, or the one that did it.
    #[must_use]
    pub fn chatbot(&self) -> Option<&Name> {
        match (&self.subject.chatbot, &self.by) {
            (Some(chatbot), _) | (None, Actor::Chatbot(chatbot)) => Some(chatbot),
            _ => None,
        }
    }

    /// The person under whom it is found.
    #[must_use]
    pub fn person(&self) -> Option<&str> {
        match &self.by {
            Actor::Person(subject) => Some(subject),
            _ => None,
        }
    }
}

/// What a write changed, as JSON; `null` is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// How it was.
    pub before: Value,
    /// How it is.
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
    fn a_record_reads_as_people_expect() {
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
    }

    #[test]
    fn it_is_found_under_whom_it_was_done_to_and_else_under_who_did_it() {
        let tax = Subject { chatbot: Some(name("tax")), institution: None };
        assert_eq!(refused(Actor::Chatbot(name("police")), tax).chatbot(), Some(&name("tax")));
        assert_eq!(refused(Actor::Chatbot(name("police")), Subject::default()).chatbot(), Some(&name("police")));
        assert_eq!(refused(Actor::Dmr(name("tallinn")), Subject::default()).chatbot(), None);
        let unproved = refused(Actor::Unknown("EE1".into()), Subject::default());
        assert_eq!(unproved.person(), None, "only who is recognised is a person");
    }

    #[test]
    fn each_part_of_a_request_has_an_id_of_its_own() {
        let login = || Record::login(Actor::Person("EE1".into()), "authorize", "r-1", Timestamp::UNIX_EPOCH);
        assert_eq!(login().part(0).id, "r-1");
        assert_eq!(login().part(1).id, "r-1-1");
    }
}
