//! Every key and attribute name of the table.
//!
//! | item | `pk` | `sk` |
//! |---|---|---|
//! | chatbot | `CHATBOTS` | name |
//! | health of a chatbot | `HEALTH#` name | `HEALTH` |
//! | route of an Online chatbot | `ROUTES` | name |
//! | the network: revision of the route table, and counts of chatbots | `REVISION` | `REVISION` |
//! | change of the route table | `CHANGES` | revision, 20 digits |
//! | event | `EVENTS#` what it is about | id |
//! | closed minute of a chatbot's history | `HISTORY#` name `#` enrolled, ms | Unix minute, 12 digits |
//! | when a DMR reports | `DMR#` name | `DMR` |
//! | policy | `POLICY` | `POLICY` |
//! | release | `RELEASES` | component `#` version |
//! | subscription | `SUBSCRIPTIONS` | protocol `#` endpoint |
//!
//! The index `due` holds the chatbots and DMRs that the prober is to look at, by time.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    event::Fact, name::Name, observation::Observer, release::Release, route::Revision, subscription::Destination,
};
use jiff::Timestamp;

/// The partition key.
pub const PK: &str = "pk";
/// The sort key.
pub const SK: &str = "sk";
/// Grows with each write of a chatbot or a health item. Starts at the enrolment's milliseconds, so a
/// name that is enrolled again never repeats one.
pub const VERSION: &str = "version";
/// Unix seconds after which DynamoDB may drop the item.
pub const EXPIRES: &str = "expires";
/// The health of a health item and a minute's counts, in postcard's form; the network's counts and a
/// DMR's rhythm, as JSON.
pub const STATE: &str = "state";
/// The policy, as JSON.
pub const DOCUMENT: &str = "document";
/// The index of what is due, and its partition key: present while it is to be looked at.
pub const DUE: &str = "due";
/// The sort key of the index: Unix milliseconds.
pub const DUE_AT: &str = "dueAt";
/// The event of an event item, as JSON.
pub const EVENT: &str = "event";
/// Number of the revision item: the route table's revision.
pub const REVISION: &str = "revision";

/// The partition of all chatbots.
pub const CHATBOTS: &str = "CHATBOTS";
/// The partition of the route table.
pub const ROUTES: &str = "ROUTES";
/// The partition of the change log.
pub const CHANGES: &str = "CHANGES";
/// The partition of all releases.
pub const RELEASES: &str = "RELEASES";
/// The one partition of the index.
pub const PROBE: &str = "PROBE";

const HEALTH_PREFIX: &str = "HEALTH#";
const HEALTH: &str = "HEALTH";
const DMR_PREFIX: &str = "DMR#";

/// A primary key.
pub(crate) type Key = HashMap<String, AttributeValue>;

/// A text attribute.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// The attributes that put an item into the index `due` at that time.
pub(crate) fn due(at: Timestamp) -> [(String, AttributeValue); 2] {
    [(DUE.to_owned(), text(PROBE)), (DUE_AT.to_owned(), number(at.as_millisecond()))]
}

/// A binary attribute.
pub(crate) fn bytes(value: Vec<u8>) -> AttributeValue {
    AttributeValue::B(value.into())
}

/// A number attribute.
pub(crate) fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

fn key(pk: impl Into<String>, sk: impl Into<String>) -> Key {
    HashMap::from([(PK.to_owned(), text(pk)), (SK.to_owned(), text(sk))])
}

pub(crate) fn chatbot(name: &Name) -> Key {
    key(CHATBOTS, name.as_str())
}

pub(crate) fn health(name: &Name) -> Key {
    key(format!("{HEALTH_PREFIX}{name}"), HEALTH)
}

/// The chatbot whose health item has the partition key `pk`.
pub(crate) fn chatbot_of_health(pk: &str) -> Option<Name> {
    pk.strip_prefix(HEALTH_PREFIX)?.parse().ok()
}

pub(crate) fn dmr(name: &Name) -> Key {
    key(format!("{DMR_PREFIX}{name}"), "DMR")
}

/// The DMR whose item has the partition key `pk`.
pub(crate) fn dmr_of(pk: &str) -> Option<Name> {
    pk.strip_prefix(DMR_PREFIX)?.parse().ok()
}

/// The history of the chatbot that was enrolled under `name` then: one enrolled later has another.
pub(crate) fn history_pk(name: &Name, enrolled: Timestamp) -> String {
    format!("HISTORY#{name}#{}", enrolled.as_millisecond())
}

pub(crate) fn minute(name: &Name, enrolled: Timestamp, minute: i64) -> Key {
    key(history_pk(name, enrolled), minute_sk(minute))
}

pub(crate) fn minute_sk(minute: i64) -> String {
    format!("{minute:012}")
}

pub(crate) fn policy() -> Key {
    key("POLICY", "POLICY")
}

pub(crate) fn route(name: &Name) -> Key {
    key(ROUTES, name.as_str())
}

pub(crate) fn revision() -> Key {
    key("REVISION", "REVISION")
}

pub(crate) fn change(revision: Revision) -> Key {
    key(CHANGES, change_sk(revision))
}

pub(crate) fn change_sk(revision: Revision) -> String {
    format!("{revision:020}")
}

pub(crate) fn event(fact: &Fact, id: &str) -> Key {
    let about = match fact {
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
    };
    key(format!("EVENTS#{about}"), id)
}

pub(crate) fn subscription(to: &Destination) -> Key {
    key("SUBSCRIPTIONS", format!("{}#{}", to.protocol().as_str(), to.endpoint()))
}

pub(crate) fn release(release: &Release) -> Key {
    key(RELEASES, format!("{}#{}", release.component, release.version.get()))
}
