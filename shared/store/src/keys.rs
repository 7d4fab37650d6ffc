//! Every key and attribute name of the table.
//!
//! | item | `pk` | `sk` |
//! |---|---|---|
//! | chatbot | `CHATBOTS` | name |
//! | health of a chatbot | `HEALTH#` name | `HEALTH` |
//! | the network: revision of the route table, and counts of chatbots | `REVISION` | `REVISION` |
//! | whose turn it is to write the network, where many processes do | `TURN` | `TURN` |
//! | a revision of the route table: what changed | `CHANGES` | revision, 20 digits |
//! | the newest snapshot of the route table | `SNAPSHOT` | `SNAPSHOT` |
//! | a part of a snapshot | `SNAPSHOT#` revision, 20 digits | part, 5 digits |
//! | event | `EVENTS#` what it is about | id |
//! | closed minute of a chatbot's history | `HISTORY#` name `#` enrolled, ms | Unix minute, 12 digits |
//! | when a DMR reports | `DMR#` name | `DMR` |
//! | policy | `POLICY` | `POLICY` |
//! | invitation, and what came of it | `INVITATIONS` | id |
//! | release | `RELEASES` | component `#` version |
//! | certificate | `CERTIFICATES` | profile `#` name `#` serial number |
//! | institution | `INSTITUTIONS` | id |
//! | that an institution has a name | `INSTITUTION_NAMES` | the name |
//! | DMR or classifier that is registered | `PEERS` | name |
//! | API key | `API_KEYS` | profile `#` name `#` id |
//! | subscription | `SUBSCRIPTIONS` | protocol `#` endpoint |
//! | subscription of a DMR to the routes | `SUBSCRIPTIONS` | `routes#` DMR |
//! | whose such a queue is | `SUBSCRIPTIONS` | `routes-queue#` ARN |
//! | a minute of one message's log entries | `LOGS#` name `#` enrolment, Unix ms | minute, Unix ms, 13 digits `#` sequence, 39 digits `#` part, 3 digits |
//!
//! The index `due` holds the chatbots and DMRs that the prober is to look at, by time.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    alerts::{Destination, EventKind},
    chatbots::Name,
    ingestion::{Observer, Sequence},
    institutions::InstitutionName,
    onboarding::InvitationId,
    releases::Release,
    routes::Revision,
};
use jiff::Timestamp;

use crate::{StoreError, api_keys::ApiKeyId, certificates::CertificateId};

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
/// The policy, or an invitation, as JSON.
pub const DOCUMENT: &str = "document";
/// The index of what is due, and its partition key: present while it is to be looked at.
pub const DUE: &str = "due";
/// The sort key of the index: Unix milliseconds.
pub const DUE_AT: &str = "dueAt";
/// The event of an event item, as JSON.
pub const EVENT: &str = "event";
/// The entries of an item of a log, each with its place in the message, as JSON.
pub const ENTRIES: &str = "entries";
/// How far an invitation has come, but for its expiry: what lists filter on.
pub const STATUS: &str = "status";
/// Until when an invitation can be used, or a turn is taken, in Unix milliseconds.
pub const UNTIL: &str = "until";
/// The SHA-256 of an API key's secret, in base64url.
pub const HASH: &str = "hash";
/// The route table's revision.
pub const REVISION: &str = "revision";
/// When that was made, in Unix milliseconds.
pub const TIME: &str = "time";
/// How many routes the table has then.
pub const COUNT: &str = "count";
/// What changed at a revision: a JSON array, as it is answered.
pub const CHANGED: &str = "changes";
/// When a snapshot was made, in Unix milliseconds.
pub const MADE: &str = "made";
/// How many parts a snapshot has.
pub const PARTS: &str = "parts";

/// The partition of all chatbots.
pub const CHATBOTS: &str = "CHATBOTS";
/// The partition of the change log.
pub const CHANGES: &str = "CHANGES";
/// The partition of all releases.
pub const RELEASES: &str = "RELEASES";
/// The partition of all certificates.
pub const CERTIFICATES: &str = "CERTIFICATES";
/// The partition of all institutions.
pub const INSTITUTIONS: &str = "INSTITUTIONS";
/// The partition of all peers.
pub const PEERS: &str = "PEERS";
/// The partition of all API keys.
pub const API_KEYS: &str = "API_KEYS";
/// The partition of all invitations.
pub const INVITATIONS: &str = "INVITATIONS";
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

pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Key {
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

pub(crate) fn history_minute(name: &Name, enrolled: Timestamp, minute: i64) -> Key {
    key(history_pk(name, enrolled), minute_sk(minute))
}

pub(crate) fn minute_sk(minute: i64) -> String {
    format!("{minute:012}")
}

pub(crate) fn policy() -> Key {
    key("POLICY", "POLICY")
}

pub(crate) fn revision() -> Key {
    key("REVISION", "REVISION")
}

/// A partition of its own, so that who waits for it slows nobody down.
pub(crate) fn turn() -> Key {
    key("TURN", "TURN")
}

pub(crate) fn change(revision: Revision) -> Key {
    key(CHANGES, change_sk(revision))
}

pub(crate) fn change_sk(revision: Revision) -> String {
    format!("{revision:020}")
}

pub(crate) fn snapshot() -> Key {
    key("SNAPSHOT", "SNAPSHOT")
}

/// The part `part` of the snapshot of `revision`.
pub(crate) fn snapshot_part(revision: Revision, part: usize) -> Key {
    key(format!("SNAPSHOT#{revision:020}"), format!("{part:05}"))
}

pub(crate) fn event(fact: &EventKind, id: &str) -> Key {
    let about = match fact {
        EventKind::ChatbotOnline { chatbot, .. }
        | EventKind::ChatbotOffline { chatbot, .. }
        | EventKind::ChatbotFlapping { chatbot, .. }
        | EventKind::ChatbotSettled { chatbot, .. }
        | EventKind::WouldGoOffline { chatbot, .. }
        | EventKind::CapReached { chatbot, .. }
        | EventKind::ObserverOutlier { chatbot, .. }
        | EventKind::ObserverSilent { chatbot, .. }
        | EventKind::ControlSet { chatbot, .. }
        | EventKind::ControlEnded { chatbot } => chatbot.to_string(),
        EventKind::CapReleased { kind } => kind.as_str().to_owned(),
        EventKind::DmrSilent { dmr, .. } => Observer::Dmr(dmr.clone()).to_string(),
        EventKind::ReleasePublished { release } => release.component.to_string(),
        EventKind::InvitationSent { invitation, .. }
        | EventKind::InvitationWithdrawn { invitation, .. }
        | EventKind::ApplicationSubmitted { invitation, .. }
        | EventKind::ApplicationApproved { invitation, .. }
        | EventKind::ApplicationRejected { invitation, .. } => invitation.to_string(),
    };
    key(format!("EVENTS#{about}"), id)
}

pub(crate) fn invitation(id: &InvitationId) -> Key {
    key(INVITATIONS, id.to_string())
}

pub(crate) fn subscription(to: &Destination) -> Key {
    key("SUBSCRIPTIONS", format!("{}#{}", to.protocol().as_str(), to.endpoint()))
}

pub(crate) fn route_subscription(dmr: &Name) -> Key {
    key("SUBSCRIPTIONS", format!("routes#{dmr}"))
}

pub(crate) fn route_queue(queue: &str) -> Key {
    key("SUBSCRIPTIONS", format!("routes-queue#{queue}"))
}

pub(crate) fn certificate(id: &CertificateId) -> Key {
    key(CERTIFICATES, id.to_string())
}

pub(crate) fn institution(id: &Name) -> Key {
    key(INSTITUTIONS, id.as_str())
}

pub(crate) fn institution_name(name: &InstitutionName) -> Key {
    key("INSTITUTION_NAMES", name.as_str())
}

pub(crate) fn peer(name: &Name) -> Key {
    key(PEERS, name.as_str())
}

pub(crate) fn api_key(id: &ApiKeyId) -> Key {
    key(API_KEYS, id.to_string())
}

pub(crate) fn release(release: &Release) -> Key {
    key(RELEASES, format!("{}#{}", release.component, release.version.get()))
}

/// The sort key of an item of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogKey {
    /// The start of the minute of its entries, in Unix milliseconds.
    pub(crate) minute: i64,
    /// The message that brought them.
    pub(crate) sequence: Sequence,
    /// Counts the items of both.
    pub(crate) part: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("not the key of an item of a log")]
struct InvalidLogKey;

/// The start of the minute of `at`, in Unix milliseconds.
pub(crate) fn minute(at: Timestamp) -> i64 {
    const MINUTE: i64 = 60_000;
    at.as_millisecond().div_euclid(MINUTE) * MINUTE
}

/// Thirteen digits, so that texts sort as times do: they reach to the year 2286.
fn log_sk(minute: i64) -> String {
    format!("{:013}", minute.clamp(0, 9_999_999_999_999))
}

/// The partition of the log of the chatbot `name`: a name that is enrolled again has another one.
pub(crate) fn log_pk(name: &Name, enrolled: Timestamp) -> String {
    format!("LOGS#{name}#{}", enrolled.as_millisecond())
}

pub(crate) fn log(name: &Name, enrolled: Timestamp, LogKey { minute, sequence, part }: LogKey) -> Key {
    key(log_pk(name, enrolled), format!("{}#{sequence}#{part:03}", log_sk(minute)))
}

/// Sorts before every item of a log with entries of `from` and later.
pub(crate) fn oldest_log(from: Timestamp) -> String {
    log_sk(minute(from))
}

/// Sorts after every item of a log with entries of `to` and before, or after all items.
pub(crate) fn newest_log(to: Option<Timestamp>) -> String {
    format!("{}#~", log_sk(to.map_or(i64::MAX, minute)))
}

/// What the sort key `sk` of an item of a log says.
pub(crate) fn log_key(sk: &str) -> Result<LogKey, StoreError> {
    let mut parts = sk.split('#');
    let mut next = || parts.next().unwrap_or_default();
    let (minute, sequence, part) = (next().parse(), next().parse(), next().parse());
    match (minute, sequence, part) {
        (Ok(minute), Ok(sequence), Ok(part)) => Ok(LogKey { minute, sequence, part }),
        _ => Err(StoreError::unreadable(InvalidLogKey)),
    }
}
