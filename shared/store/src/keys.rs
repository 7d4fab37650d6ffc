//! Every primary key of the table, and its attribute names.
//!
//! | item | `pk` | `sk` |
//! |---|---|---|
//! | chatbot | `CHATBOTS` | name |
//! | health of a chatbot | `HEALTH#` name | `HEALTH` |
//! | network: revision of the route table, counts of chatbots | `REVISION` | `REVISION` |
//! | advisory lock of the processes that write the network | `TURN` | `TURN` |
//! | change log: one revision of the route table | `CHANGES` | revision, 20 digits |
//! | newest snapshot of the route table | `SNAPSHOT` | `SNAPSHOT` |
//! | part of a snapshot | `SNAPSHOT#` revision, 20 digits | part, 5 digits |
//! | event | `EVENTS#` subject; of a chatbot: name `#` enrolment, Unix ms | time, RFC 3339 with nine digits of the second `#` id |
//! | history of a chatbot: one closed minute | `HISTORY#` name `#` enrolment, Unix ms | Unix minute, 12 digits |
//! | history of a chatbot: the hours of one day (UTC) | `HISTORY_DAYS#` name `#` enrolment, Unix ms | day |
//! | progress of the hours of days | `HISTORY_DAYS` | `PROGRESS` |
//! | progress of the reports that are handed out | `REPORTS` | `PROGRESS` |
//! | reporting state of a DMR | `DMR#` name | `DMR` |
//! | marker of a counted batch that was parked or redelivered | `COUNTED#` name | observer `#` sequence, 39 digits |
//! | claim to request a probe of a chatbot | `PROBE_REQUEST#` name | `PROBE_REQUEST` |
//! | policy | `POLICY` | `POLICY` |
//! | invitation and its application | `INVITATIONS` | id |
//! | application of a person | `APPLICATIONS#` SHA-256 of the subject | id of the invitation |
//! | release | `RELEASES` | component `#` version without build metadata |
//! | newest releases of a track of a component | `RELEASE_TRACK#` component | track |
//! | rollout | `ROLLOUTS` | id |
//! | state and sums of a rollout | `ROLLOUT#` id | `HEAD` |
//! | update of a chatbot in a rollout | `ROLLOUT#` id | `UPDATE#` name `#` enrolment, Unix ms |
//! | sums of an institution in a rollout | `ROLLOUT#` id | `INSTITUTION#` institution |
//! | certificate | `CERTIFICATES` | profile `#` name `#` serial number |
//! | certificate by the day of its end | `CERTIFICATE_ENDS#` day | profile `#` name `#` serial number |
//! | progress of the notices about certificates that end | `NOTICES` | `NOTICES` |
//! | institution | `INSTITUTIONS` | id |
//! | uniqueness of an institution's name | `INSTITUTION_NAMES` | name for comparison |
//! | registered DMR or classifier | `PEERS` | name |
//! | API key | `API_KEYS` | profile `#` name `#` id |
//! | subscription to notifications | `SUBSCRIBERS#` institution; `SUBSCRIBERS` for the operations centre | id |
//! | institution of a subscription | `NOTIFY#` id | `SUBSCRIPTION` |
//! | institution that has subscriptions | `SUBSCRIBING` | institution; `-` for the operations centre |
//! | schedule of a subscription's messages | `NOTIFY#` id | `SCHEDULE` |
//! | message that is being delivered | `NOTIFY#` id | `OPEN` |
//! | pending notification | `NOTIFY#` id | `PENDING#` notification id |
//! | notification that was told or dropped | `NOTIFY#` id | `SETTLED#` notification id |
//! | status of a chatbot that a subscription was told | `NOTIFY#` id | `TOLD#` name `#` enrolment, Unix ns |
//! | number of text messages to an institution in a month | `SMS#` institution; `SMS` for the operations centre | month, first day |
//! | confirmation code of a subscription | `NOTIFY#` id | `CODE` |
//! | when codes were sent to an address | `CODES#` hash of channel and address | `CODES` |
//! | message | `MESSAGES#` subscription id | message id |
//! | planned outage | `PLANNED` | institution `#` id |
//! | institution of a planned outage | `PLANNED#` id | `PLANNED` |
//! | window of a planned outage | `WINDOWS#` institution | start, RFC 3339 with nine digits of the second `#` id of the outage |
//! | counts of outages of the network: one minute | `OUTAGES` | Unix minute, 12 digits |
//! | latest incident of a chatbot | `INCIDENTS_OF#` name `#` enrolment, Unix ms | `LATEST` |
//! | incident | `INCIDENTS_OF#` name `#` enrolment, Unix ms | id |
//! | chatbot of an incident, by month (UTC) | `INCIDENTS#` month | id |
//! | chatbot of an incident, by institution | `INSTITUTION_INCIDENTS#` institution | id |
//! | chatbot of an incident that is not over | `ACTIVE_INCIDENTS` | id |
//! | latest network incident of a property | `NETWORK_INCIDENTS_OF#` property | `LATEST` |
//! | network incident | `NETWORK_INCIDENTS_OF#` property | id |
//! | property of a network incident; of one that is not over | `NETWORK_INCIDENTS`; `ACTIVE_NETWORK_INCIDENTS` | id |
//! | member of a network incident | `MEMBERS#` incident | `ACTIVE#` or `ENDED#` id |
//! | claim to look for common causes | `CORRELATION#` Unix second, a multiple of ten | `CORRELATION` |
//! | what later incidents learn from a resolved one | `PAST_INCIDENTS` | id |
//! | entry of the timeline of an incident | `TIMELINE#` incident | time, RFC 3339 with nine digits of the second `#` id |
//! | session | `SESSION#` hash of its token | `SESSION` |
//! | person with grants | `PERSON#` SHA-256 of the subject | `PERSON` |
//! | subject of a person with grants | `PEOPLE` | id |
//! | code to link an account of a chat | `CHAT_CODE#` SHA-256 of the code | `CHAT_CODE` |
//! | link of an account of a chat with a person | `CHAT_LINK#` SHA-256 of the account | `CHAT_LINK` |
//! | request of a chat or webhook that was taken | `TAKEN#` SHA-256 of its signature or id | `TAKEN` |
//! | message about an incident in a room of a chat | `CHAT_POST#` incident | room |
//! | route subscription of a DMR | `SUBSCRIPTIONS` | `routes#` DMR |
//! | owner of a route queue | `SUBSCRIPTIONS` | `routes-queue#` ARN |
//! | sweep: credentials that are to be ended | `SWEEPS` | `enrolment#` profile `#` name `#` enrolment, Unix ns; `route-subscription#` DMR `#` serial number |
//! | receipt of a report with an idempotency key | `RECEIPT#` hash of sender and key | `RECEIPT` |
//! | log: one minute of the entries of one message | `LOGS#` name `#` enrolment, Unix ms | minute, Unix ms, 13 digits `#` sequence, 39 digits `#` part, 3 digits |
//!
//! The index `due` holds the chatbots and DMRs that the prober has to evaluate. Its partition is `PROBE#` lane `#`
//! shard, its sort key the time. The due schedules of subscriptions are in the partitions `NOTIFY#` shard, the planned
//! outages in `OUTAGES#` shard, and the updates that have a deadline in `UPDATES#` shard. The index `institution` holds the chatbots and peers of each institution, by name. The
//! index `eventDay` holds all events. Its partition is day `#` shard.

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::{
    chatbots::{ChatbotType, Name},
    credentials::{ApiKeyId, CertificateId, Profile},
    health::{Batch, Due, Lane},
    incidents::IncidentId,
    institutions::InstitutionName,
    notifications::{Address, Enrolment, SubscriptionId},
    onboarding::InvitationId,
    releases::{ReleaseVersion, Track},
    routes::Revision,
};
use jiff::{Timestamp, civil::Date};

use crate::table::{self, Item, Key, key, number, text};

mod chat;
mod incidents;
mod onboarding;
mod outages;
mod reports;
mod rollouts;
mod session;

pub use crate::attributes::*;
pub(crate) use chat::*;
pub(crate) use incidents::*;
pub(crate) use onboarding::*;
pub(crate) use outages::*;
pub(crate) use reports::*;
pub(crate) use rollouts::*;
pub(crate) use session::*;

/// Partition of all chatbots.
pub const CHATBOTS: &str = "CHATBOTS";
/// Partition of the change log.
pub const CHANGES: &str = "CHANGES";
/// Partition of all releases.
pub const RELEASES: &str = "RELEASES";
/// Partition of all certificates.
pub const CERTIFICATES: &str = "CERTIFICATES";
/// Partition of all institutions.
pub const INSTITUTIONS: &str = "INSTITUTIONS";
/// Partition of all peers: registered DMRs and classifiers.
pub const PEERS: &str = "PEERS";
/// Partition of all API keys.
pub const API_KEYS: &str = "API_KEYS";
/// Partition of all unfinished sweeps.
pub const SWEEPS: &str = "SWEEPS";
/// Partition of the counts of outages.
pub(crate) const OUTAGES: &str = "OUTAGES";
/// Partition of all subscriptions: to alerts and to route changes.
pub const SUBSCRIPTIONS: &str = "SUBSCRIPTIONS";
/// Prefix of the sort keys of route subscriptions.
pub const ROUTE_SUBSCRIPTION_PREFIX: &str = "routes#";
/// Partition of all invitations.
pub const INVITATIONS: &str = "INVITATIONS";
/// The number of shards of each lane of the index of due items. A partition of an index takes some 1,000 writes and
/// gives 3,000 read units a second.
pub const DUE_SHARDS: u32 = 8;
/// The number of shards of each day of the index of events. An event comes with a health item that leaves the index of due
/// items and enters it again: two writes of that index for one of this, so half the shards take as many.
pub const EVENT_SHARDS: u32 = 4;

const INSTITUTION_NAMES: &str = "INSTITUTION_NAMES";
const SNAPSHOT: &str = "SNAPSHOT";
const HEALTH_PREFIX: &str = "HEALTH#";
const HEALTH: &str = "HEALTH";
const DMR_PREFIX: &str = "DMR#";

/// The attributes that place an item into the index of due items.
pub(crate) type DueAttributes = [(String, AttributeValue); 2];

/// Returns the attributes of an item in the partition `partition` of the index that is due at `at`.
fn due_at(partition: String, at: Timestamp) -> DueAttributes {
    [(DUE.to_owned(), text(partition)), (DUE_AT.to_owned(), number(at.as_millisecond()))]
}

/// Returns the attributes that place the item of `name` into the index of due items.
pub(crate) fn due(name: &Name, due: Due) -> DueAttributes {
    due_at(due_partition(due.lane, shard(name.as_str(), DUE_SHARDS)), due.at)
}

/// Returns a partition of the index of due items.
pub(crate) fn due_partition(lane: Lane, shard: u32) -> String {
    format!("PROBE#{}#{shard}", lane.as_str())
}

/// Returns the attributes that place the schedule of a subscription into the index of due items.
pub(crate) fn due_notification(id: SubscriptionId, at: Timestamp) -> DueAttributes {
    // The id is a hash: its first digit spreads the subscriptions evenly.
    let shard = id.to_string().bytes().next().map_or(0, |digit| u32::from(digit) % DUE_SHARDS);
    due_at(due_notifications_partition(shard), at)
}

/// Returns a partition of the due schedules of subscriptions.
pub(crate) fn due_notifications_partition(shard: u32) -> String {
    format!("NOTIFY#{shard}")
}

/// Returns the subscription whose items have the partition key `pk`.
pub(crate) fn subscription_of(pk: &str) -> Option<SubscriptionId> {
    pk.strip_prefix("NOTIFY#")?.parse().ok()
}

/// Returns the shard of `text`: its 32-bit FNV-1a hash, modulo the number of `shards`.
fn shard(text: &str, shards: u32) -> u32 {
    let hash = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    text.as_bytes().iter().fold(0x811C_9DC5, hash) % shards
}

pub(crate) fn chatbot(name: &Name) -> Key {
    key(CHATBOTS, name.as_str())
}

pub(crate) fn health(name: &Name) -> Key {
    key(format!("{HEALTH_PREFIX}{name}"), HEALTH)
}

/// Returns the chatbot whose health has the partition key `pk`.
pub(crate) fn chatbot_of_health(pk: &str) -> Option<Name> {
    pk.strip_prefix(HEALTH_PREFIX)?.parse().ok()
}

pub(crate) fn dmr(name: &Name) -> Key {
    key(format!("{DMR_PREFIX}{name}"), "DMR")
}

/// Returns the DMR whose item has the partition key `pk`.
pub(crate) fn dmr_of(pk: &str) -> Option<Name> {
    pk.strip_prefix(DMR_PREFIX)?.parse().ok()
}

/// Returns the partition of the history of one enrolment: a name that is enrolled again has another history.
pub(crate) fn history_pk(name: &Name, enrolled: Timestamp) -> String {
    format!("HISTORY#{name}#{}", enrolled.as_millisecond())
}

pub(crate) fn history_minute(name: &Name, enrolled: Timestamp, minute: i64) -> Key {
    key(history_pk(name, enrolled), minute_sk(minute))
}

pub(crate) fn minute_sk(minute: i64) -> String {
    format!("{minute:012}")
}

/// Returns the key of the marker of `batch` about the chatbot `name`.
pub(crate) fn marker(name: &Name, Batch { observer, sequence, .. }: &Batch) -> Key {
    key(format!("COUNTED#{name}"), format!("{observer}#{sequence}"))
}

/// Returns the key of the claim to request a probe of the chatbot `name`.
pub(crate) fn probe_request(name: &Name) -> Key {
    key(format!("PROBE_REQUEST#{name}"), "PROBE_REQUEST")
}

/// Returns the key of the receipt of a report. `id` is a hash of its sender and its idempotency key.
pub(crate) fn receipt(id: &str) -> Key {
    key(format!("RECEIPT#{id}"), "RECEIPT")
}

pub(crate) fn policy() -> Key {
    key("POLICY", "POLICY")
}

pub(crate) fn network() -> Key {
    key("REVISION", "REVISION")
}

/// Returns the key of the advisory lock. It has a partition of its own, so that waiting for it slows no other item.
pub(crate) fn advisory_lock() -> Key {
    key("TURN", "TURN")
}

pub(crate) fn change(revision: Revision) -> Key {
    key(CHANGES, change_sk(revision))
}

pub(crate) fn change_sk(revision: Revision) -> String {
    format!("{revision:020}")
}

pub(crate) fn snapshot() -> Key {
    key(SNAPSHOT, SNAPSHOT)
}

/// Returns the key of the part `part` of the snapshot of `revision`.
pub(crate) fn snapshot_part(revision: Revision, part: usize) -> Key {
    key(format!("{SNAPSHOT}#{revision:020}"), format!("{part:05}"))
}

/// The subject of an event, whose events are a partition.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EventSubject<'a> {
    /// The chatbot that was enrolled under this name at this time: a name that is enrolled again has other events.
    Chatbot(&'a Name, Timestamp),
    /// A DMR.
    Dmr(&'a Name),
    /// All chatbots of a type.
    Type(ChatbotType),
    /// A component that is released.
    Component(&'a Name),
    /// An invitation.
    Invitation(InvitationId),
    /// An institution.
    Institution(&'a Name),
    /// A network incident.
    NetworkIncident(IncidentId),
}

impl EventSubject<'_> {
    /// Returns the partition of the events of the subject.
    pub(crate) fn pk(self) -> String {
        match self {
            Self::Chatbot(name, enrolled) => format!("EVENTS#{name}#{}", enrolled.as_millisecond()),
            Self::Dmr(name) => format!("EVENTS#dmr:{name}"),
            Self::Type(kind) => format!("EVENTS#{}", kind.as_str()),
            Self::Component(name) => format!("EVENTS#{name}"),
            Self::Invitation(id) => format!("EVENTS#{id}"),
            Self::Institution(name) => format!("EVENTS#institution:{name}"),
            Self::NetworkIncident(id) => format!("EVENTS#incident:{id}"),
        }
    }
}

/// Returns the key of the event `id` of the time `at` about `subject`, and its place in the index of events by day.
pub(crate) fn event(subject: EventSubject<'_>, at: Timestamp, id: &str) -> Item {
    let mut item = key(subject.pk(), table::time_sk(at, id));
    let partition = event_day(table::date(at), shard(id, EVENT_SHARDS));
    item.insert(EVENT_DAY.to_owned(), text(partition));
    item
}

/// Returns a partition of the index of events by day.
pub(crate) fn event_day(day: Date, shard: u32) -> String {
    format!("{day}#{shard}")
}

pub(crate) fn invitation(id: &InvitationId) -> Key {
    key(INVITATIONS, id.to_string())
}

/// Returns the partition of the subscriptions of `institution`; none is the operations centre.
pub(crate) fn subscribers_pk(institution: Option<&Name>) -> String {
    institution.map_or_else(|| "SUBSCRIBERS".to_owned(), |institution| format!("SUBSCRIBERS#{institution}"))
}

pub(crate) fn subscriber(institution: Option<&Name>, id: SubscriptionId) -> Key {
    key(subscribers_pk(institution), id.to_string())
}

/// Returns the partition of what is pending for a subscription and what it was told.
pub(crate) fn notify_pk(id: SubscriptionId) -> String {
    format!("NOTIFY#{id}")
}

/// Returns the key of the item `sk` of a subscription.
pub(crate) fn notify(id: SubscriptionId, sk: impl Into<String>) -> Key {
    key(notify_pk(id), sk)
}

/// The partition key of the institutions that have subscriptions.
pub(crate) const SUBSCRIBING: &str = "SUBSCRIBING";
/// The sort key that stands for the operations centre there. No institution has a name of one character.
pub(crate) const OPERATIONS: &str = "-";

pub(crate) fn subscribing(institution: Option<&Name>) -> Key {
    key(SUBSCRIBING, institution.map_or(OPERATIONS, Name::as_str))
}

pub(crate) fn sms_count(institution: Option<&Name>, month: Date) -> Key {
    key(institution.map_or_else(|| "SMS".to_owned(), |name| format!("SMS#{name}")), month.to_string())
}

/// Returns the key of the times at which codes were sent to `address`, for any institution. The address is hashed as that
/// of a subscription is.
pub(crate) fn codes(address: &Address) -> Key {
    key(format!("CODES#{}", SubscriptionId::new(None, address)), "CODES")
}

pub(crate) fn messages_pk(subscription: SubscriptionId) -> String {
    format!("MESSAGES#{subscription}")
}

pub(crate) fn message(subscription: SubscriptionId, id: &str) -> Key {
    key(messages_pk(subscription), id)
}

pub(crate) fn outages(minute: i64) -> Key {
    key(OUTAGES, minute_sk(minute))
}

/// Reads an enrolment: a name `#` its enrolment in Unix milliseconds.
pub(crate) fn enrolment(text: &str) -> Option<Enrolment> {
    let (name, enrolled) = text.split_once('#')?;
    let enrolled_at = Timestamp::from_millisecond(enrolled.parse().ok()?).ok()?;
    Some(Enrolment { name: name.parse().ok()?, enrolled_at })
}

pub(crate) fn route_subscription(dmr: &Name) -> Key {
    key(SUBSCRIPTIONS, format!("{ROUTE_SUBSCRIPTION_PREFIX}{dmr}"))
}

pub(crate) fn route_queue(queue: &str) -> Key {
    key(SUBSCRIPTIONS, format!("routes-queue#{queue}"))
}

pub(crate) fn certificate(id: &CertificateId) -> Key {
    key(CERTIFICATES, id.to_string())
}

pub(crate) fn institution(id: &Name) -> Key {
    key(INSTITUTIONS, id.as_str())
}

/// Returns the key that all names have that people cannot tell from `name`.
pub(crate) fn institution_name(name: &InstitutionName) -> Key {
    key(INSTITUTION_NAMES, name.comparable())
}

pub(crate) fn peer(name: &Name) -> Key {
    key(PEERS, name.as_str())
}

/// Returns the partition of the certificates that end on the day `ends` (UTC).
pub(crate) fn ending_pk(ends: Date) -> String {
    format!("CERTIFICATE_ENDS#{ends}")
}

/// Returns the key of the certificate `id` among those that end on the day `ends`.
pub(crate) fn ending(ends: Date, id: &CertificateId) -> Key {
    key(ending_pk(ends), id.to_string())
}

/// Returns the key of the progress of the notices about certificates that end.
pub(crate) fn notices() -> Key {
    key("NOTICES", "NOTICES")
}

/// Returns the key of the item that says whether the holder is enrolled.
pub(crate) fn holder(profile: Profile, name: &Name) -> Key {
    match profile {
        Profile::Chatbot => chatbot(name),
        Profile::Dmr => peer(name),
    }
}

/// Returns the key of the sweep with the sort key `sk`.
pub(crate) fn sweep(sk: String) -> Key {
    key(SWEEPS, sk)
}

pub(crate) fn api_key(id: &ApiKeyId) -> Key {
    key(API_KEYS, id.to_string())
}

/// Returns the key of the release `version` of `component`. Versions that differ in build metadata only have one key,
/// because they are the same by precedence: one of them is published.
pub(crate) fn release(component: &Name, version: &ReleaseVersion) -> Key {
    release_sk(&format!("{component}#{}", version.without_build()))
}

pub(crate) fn release_track(component: &Name, track: &Track) -> Key {
    key(format!("RELEASE_TRACK#{component}"), track.to_string())
}

/// Returns the key of the release with the sort key `sk`.
pub(crate) fn release_sk(sk: &str) -> Key {
    key(RELEASES, sk.to_owned())
}
