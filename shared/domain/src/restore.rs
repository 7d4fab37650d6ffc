//! Changes since a copy of the table was made, as the audit trail has them. A table that is restored from the copy has none
//! of them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::{
    audit::{Outcome, Record},
    chatbots::{Chatbot, Name},
    credentials::{ApiKey, ApiKeyId, Certificate, CertificateId},
    health::Control,
    institutions::Institution,
    notifications::SubscriptionId,
    onboarding::InvitationId,
    outages::OutageId,
    peers::Peer,
    releases::Release,
    session::PersonRecord,
};

/// The changes since a copy was made, each subject as it was at last. A removed one is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChangesSince {
    /// Chatbots, without what only their health knows: a move to another address, a change of the status.
    pub chatbots: BTreeMap<Name, Option<Chatbot>>,
    /// Manual controls of chatbots.
    pub controls: BTreeMap<Name, Option<Control>>,
    /// Certificates, which are never removed.
    pub certificates: BTreeMap<CertificateId, Certificate>,
    /// DMRs and classifiers.
    pub peers: BTreeMap<Name, Option<Peer>>,
    /// Institutions.
    pub institutions: BTreeMap<Name, Option<Institution>>,
    /// People with grants by subject, who are never removed.
    pub people: BTreeMap<String, PersonRecord>,
    /// Subjects that changed. The trail does not have all that is stored about them.
    pub others: BTreeSet<Other>,
}

/// A subject that the audit trail does not describe whole: its secret, its address or its links are missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Other {
    /// An API key.
    ApiKey(ApiKeyId),
    /// A planned outage.
    PlannedOutage(OutageId),
    /// An invitation.
    Invitation(InvitationId),
    /// The policy.
    Policy,
    /// A release: component and version, without build metadata.
    Release(Name, String),
    /// The queue of a route subscription, by its ARN.
    RouteQueue(String),
    /// A subscription to notifications.
    Subscription(SubscriptionId),
}

impl std::fmt::Display for Other {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ApiKey(id) => write!(f, "API key {id}"),
            Self::PlannedOutage(id) => write!(f, "planned outage {id}"),
            Self::Invitation(id) => write!(f, "invitation {id}"),
            Self::Policy => write!(f, "policy"),
            Self::Release(component, version) => write!(f, "release {component} {version}"),
            Self::RouteQueue(arn) => write!(f, "route subscription of {arn}"),
            Self::Subscription(id) => write!(f, "subscription {id}"),
        }
    }
}

/// A state in an audit record. The first variant that fits is taken: no other one has all of its members.
#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Chatbot(Box<Chatbot>),
    Control(Control),
    Certificate(Box<Certificate>),
    ApiKey(ApiKey),
    Peer(Box<Peer>),
    Person(PersonRecord),
    Institution(Box<Institution>),
    Release(Box<Release>),
    #[serde(rename_all = "camelCase")]
    RouteSubscription {
        queue: String,
        #[serde(rename = "arn")]
        _arn: String,
    },
    Subscription {
        id: SubscriptionId,
        #[serde(rename = "coverage")]
        _coverage: Value,
    },
    PlannedOutage {
        id: OutageId,
        #[serde(rename = "rule")]
        _rule: Value,
    },
    Invitation {
        id: InvitationId,
        #[serde(rename = "history")]
        _history: Value,
    },
    Policy {
        #[serde(rename = "defaults")]
        _defaults: Value,
        #[serde(rename = "chatbots")]
        _overrides: Value,
    },
}

impl ChangesSince {
    /// Adds `record`. Records are added from the newest to the oldest: of a subject the first one counts.
    pub fn add(&mut self, record: &Record) {
        if record.outcome != Outcome::Done {
            return;
        }
        let control_of = record.subject.chatbot.as_ref();
        for document in record.after.iter().flat_map(documents) {
            self.add_document(document, true, control_of);
        }
        for document in record.before.iter().flat_map(documents) {
            self.add_document(document, false, control_of);
        }
    }

    /// Adds a state. One that `stays` is the state after a change; another is the one before, of which nothing is left
    /// unless the state after was added first.
    fn add_document(&mut self, document: Document, stays: bool, control_of: Option<&Name>) {
        match document {
            Document::Chatbot(chatbot) => add(&mut self.chatbots, chatbot.name.clone(), stays.then_some(*chatbot)),
            Document::Control(control) => {
                if let Some(name) = control_of {
                    add(&mut self.controls, name.clone(), stays.then_some(control));
                }
            }
            Document::Certificate(certificate) => {
                self.certificates.entry(CertificateId::from(&*certificate)).or_insert(*certificate);
            }
            Document::Peer(peer) => add(&mut self.peers, peer.name.clone(), stays.then_some(*peer)),
            Document::Institution(institution) => {
                add(&mut self.institutions, institution.id.clone(), stays.then_some(*institution));
            }
            Document::Person(person) => {
                self.people.entry(person.subject.clone()).or_insert(person);
            }
            Document::ApiKey(key) => {
                self.others.insert(Other::ApiKey(ApiKeyId { profile: key.profile, name: key.name, id: key.id }));
            }
            Document::Release(release) => {
                let version = release.version.without_build().to_string();
                self.others.insert(Other::Release(release.component, version));
            }
            Document::RouteSubscription { queue, .. } => {
                self.others.insert(Other::RouteQueue(queue));
            }
            Document::Subscription { id, .. } => {
                self.others.insert(Other::Subscription(id));
            }
            Document::PlannedOutage { id, .. } => {
                self.others.insert(Other::PlannedOutage(id));
            }
            Document::Invitation { id, .. } => {
                self.others.insert(Other::Invitation(id));
            }
            Document::Policy { .. } => {
                self.others.insert(Other::Policy);
            }
        }
    }
}

fn add<T>(map: &mut BTreeMap<Name, Option<T>>, name: Name, value: Option<T>) {
    map.entry(name).or_insert(value);
}

/// Returns the documents of a state, which may be a list. A state of another kind changes nothing that is restored.
fn documents(state: &Value) -> Vec<Document> {
    let states = state.as_array().map_or(std::slice::from_ref(state), Vec::as_slice);
    states.iter().filter_map(|state| Document::deserialize(state).ok()).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::audit::{Actor, Change, Subject};

    fn record(subject: Option<&str>, before: Value, after: Value) -> Record {
        let subject = Subject { chatbot: subject.map(name), institution: None };
        let by = Actor::Person("EE60001019906".into());
        Record::done(by, "test", "r-1", Timestamp::UNIX_EPOCH, subject, Change { before, after })
    }

    fn name(text: &str) -> Name {
        text.parse().expect("a good name")
    }

    fn chatbot(text: &str, uri: &str) -> Value {
        json!({
            "name": text, "uri": uri, "type": "ministry", "institution": "tax-board", "contact": "owner@example.ee",
            "versions": {}, "status": "Online", "statusSince": "2026-11-27T08:00:00Z",
            "createdAt": "2026-11-01T08:00:00Z", "updatedAt": "2026-11-27T08:00:00Z",
        })
    }

    fn certificate(serial: &str, revoked: Option<&str>) -> Value {
        json!({
            "serial": serial, "profile": "dmr", "name": "tallinn", "enrolledAt": "2026-11-01T08:00:00Z",
            "notBefore": "2026-11-01T08:00:00Z", "notAfter": "2027-01-30T08:00:00Z",
            "issuedAt": "2026-11-01T08:00:00Z", "revokedAt": revoked,
        })
    }

    fn since(records: &[Record]) -> ChangesSince {
        let mut since = ChangesSince::default();
        records.iter().rev().for_each(|record| since.add(record));
        since
    }

    #[test]
    fn last_state_of_a_chatbot_counts() {
        let (one, other) = (chatbot("tax", "https://one.example.ee/"), chatbot("tax", "https://other.example.ee/"));
        let moved = since(&[record(None, Value::Null, one.clone()), record(None, one.clone(), other.clone())]);
        let uri = moved.chatbots[&name("tax")].as_ref().expect("a chatbot").uri.to_string();
        assert_eq!(uri, "https://other.example.ee/");
        let removed = since(&[record(None, one.clone(), other.clone()), record(None, other.clone(), Value::Null)]);
        assert_eq!(removed.chatbots[&name("tax")], None);
        let again = since(&[record(None, other, Value::Null), record(None, Value::Null, one)]);
        assert!(again.chatbots[&name("tax")].is_some());
    }

    #[test]
    fn control_belongs_to_the_chatbot_of_the_record() {
        let control = json!({
            "mode": "force-offline", "reason": "works", "by": "EE60001019906", "since": "2026-11-27T08:00:00Z",
            "until": null,
        });
        let set = record(Some("tax"), Value::Null, control.clone());
        assert!(since(std::slice::from_ref(&set)).controls[&name("tax")].is_some());
        let ended = since(&[set, record(Some("tax"), control, Value::Null)]);
        assert_eq!(ended.controls[&name("tax")], None);
    }

    #[test]
    fn revocations_of_many_certificates_in_one_record_count() {
        let (first, second) = ("0a".repeat(16), "0b".repeat(16));
        let before = json!([certificate(&first, None), certificate(&second, None)]);
        let at = Some("2026-11-27T08:00:00Z");
        let after = json!([certificate(&first, at), certificate(&second, at)]);
        let revoked = since(&[record(None, before, after)]);
        assert_eq!(revoked.certificates.len(), 2);
        assert!(revoked.certificates.values().all(|certificate| certificate.revoked_at.is_some()));
    }

    #[test]
    fn refusals_and_states_of_other_kinds_change_nothing() {
        let by = Actor::Person("EE60001019906".into());
        let mut refused = Record::refused(by, "delete-chatbot", "r-1", Timestamp::UNIX_EPOCH, Subject::default(), "no");
        refused.before = Some(chatbot("tax", "https://one.example.ee/"));
        let counts = record(None, json!({"revision": 1, "types": {}}), json!({"revision": 2, "types": {}}));
        assert_eq!(since(&[refused, counts]), ChangesSince::default());
    }
}
