//! Samples for tests: messages by hand, and arbitrary ones.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use semver::Version;
use uuid::Uuid;

use crate::{
    chatbots::{chatbot_type::ChatbotType, name::Name, status::Status},
    credentials::serial::Serial,
    health::{
        cause::{Cause, CheckReason, Witness},
        detector::Detector,
        window::Counts,
    },
    incidents::{IncidentId, Shared},
    ingestion::observer::Observer,
    notifications::{
        entry::{Before, Entry, Operational, Outage},
        rendering::content::{Links, MessageContent},
        zone::Zone,
    },
    onboarding::invitation_id::InvitationId,
    outages::{OutageChange, OutageId},
    releases::{Release, Severity},
};

/// A text that would be markup in HTML, Slack and Markdown, and break JSON.
pub(crate) const HOSTILE: &str = "<script>&\"'\\ <!channel> [a](javascript:b) \u{202e}\u{0}\r\nDMR";

const CHANGES: [OutageChange; 7] = [
    OutageChange::Confirmed,
    OutageChange::Reminder,
    OutageChange::Started,
    OutageChange::Ending,
    OutageChange::Completed,
    OutageChange::Overrun,
    OutageChange::Cancelled,
];

pub(crate) fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub(crate) fn links() -> Links {
    Links {
        console: Some("https://console.example.ee/".parse().expect("a URL")),
        unsubscribe: Some("https://console.example.ee/unsubscribe?a=1&b=2".parse().expect("a URL")),
    }
}

pub(crate) fn content(entries: Vec<Entry>) -> MessageContent {
    let institution = Some(name("tax-and-customs"));
    MessageContent {
        id: Uuid::from_u128(7),
        at: time("2026-11-23T07:00:00Z"),
        institution,
        entries,
        common_causes: vec![],
    }
}

pub(crate) fn offline(chatbot: &str) -> Entry {
    let cause = Cause::Unanswered(CheckReason::Silence);
    Entry::Offline {
        chatbot: name(chatbot),
        since: time("2026-11-23T07:00:00Z"),
        cause,
        after_planned: false,
        before: None,
    }
}

/// Returns a storm: many chatbots with long names that are offline.
pub(crate) fn storm(count: usize) -> MessageContent {
    content((0..count).map(|number| offline(&format!("{number:05}-{}", "x".repeat(58)))).collect())
}

pub(crate) fn release(component: &str, version: &str, severity: Severity, notes: &str) -> Release {
    let json = serde_json::json!({
        "component": component, "version": version, "severity": severity, "notes": notes,
        "publishedAt": "2026-11-22T10:00:00Z",
    });
    serde_json::from_value(json).expect("a release")
}

/// Returns one entry of every kind, with names of `length` characters and a hostile text where a text is free.
pub(crate) fn every_kind(length: usize) -> Vec<Entry> {
    let long = |letter: &str| name(&letter.repeat(length));
    let (chatbot, dmr, at) = (long("a"), long("d"), time("2026-11-23T07:00:00Z"));
    let ends = time("2026-12-23T22:30:00Z");
    let version = format!("10.200.3000-rc.1+{:b<1$}", "b", length.saturating_sub(17));
    let began = time("2026-11-22T21:14:55Z");
    let (outage, before) = (Some(Outage { began, ended: at }), Some(Before::Offline { since: began }));
    let mut entries = vec![
        Entry::Offline {
            chatbot: chatbot.clone(),
            since: at,
            cause: Cause::Forced(HOSTILE.to_owned()),
            after_planned: false,
            before: None,
        },
        Entry::Online { chatbot: chatbot.clone(), since: at, outage, before },
        Entry::Online { chatbot: chatbot.clone(), since: at, outage: None, before: None },
        Entry::ShortOutages {
            chatbot: chatbot.clone(),
            count: 120,
            total: SignedDuration::from_secs(4000),
            ended: at,
            before,
        },
        Entry::Flapping { chatbot: chatbot.clone(), status: Status::Offline, at, before },
        Entry::MovedAway { chatbot: chatbot.clone(), at, before },
        Entry::CertificateExpiring { chatbot: chatbot.clone(), serial: Serial::new([7; 16]), ends },
        Entry::SubscriptionFailing { channel: "webhook", address: HOSTILE.to_owned(), error: HOSTILE.repeat(50) },
        lapsed(chatbot.clone(), at),
        Entry::Test,
    ];
    entries.extend(of_planned_outages(&chatbot, at, ends));
    for status in [Status::Online, Status::Offline, Status::Unknown] {
        entries.push(Entry::Settled { chatbot: chatbot.clone(), status, at, before });
    }
    for severity in [Severity::Optional, Severity::Mandatory, Severity::Critical] {
        let release = release(long("c").as_str(), &version, severity, HOSTILE);
        let running = "1.0.0".parse().expect("a version");
        entries.push(Entry::UpdateAvailable { chatbot: chatbot.clone(), release, running });
    }
    entries.extend(operational(chatbot, dmr, long("i"), at, ends).map(Entry::Operational));
    entries
}

fn lapsed(chatbot: Name, at: Timestamp) -> Entry {
    let since = at - SignedDuration::from_hours(4);
    Entry::AcknowledgementLapsed { chatbot, incident: IncidentId::new(since, "e-1"), since, at }
}

fn of_planned_outages(chatbot: &Name, at: Timestamp, end: Timestamp) -> Vec<Entry> {
    let cause = Cause::Unanswered(CheckReason::Silence);
    let offline = Entry::Offline { chatbot: chatbot.clone(), since: at, cause, after_planned: true, before: None };
    let step = |change| {
        let (outage, reason) = (OutageId::new(at, &[5; 10]), HOSTILE.to_owned().try_into().expect("a reason"));
        Entry::PlannedOutage { outage, change, start: at, end, reason }
    };
    [offline].into_iter().chain(CHANGES.map(step)).collect()
}

fn operational(chatbot: Name, dmr: Name, institution: Name, at: Timestamp, ends: Timestamp) -> [Operational; 10] {
    let cause = Cause::Unanswered(CheckReason::Disagreement);
    let kind = ChatbotType::Institution;
    [
        Operational::WouldGoOffline { chatbot: chatbot.clone(), cause: cause.clone() },
        Operational::CapReached { kind, chatbot: chatbot.clone(), cause },
        Operational::CapReleased { kind },
        Operational::ObserverOutlier { chatbot: chatbot.clone(), observer: Observer::Dmr(dmr.clone()) },
        Operational::ObserverOutlier { chatbot: chatbot.clone(), observer: Observer::Chatbot },
        Operational::DmrSilent { dmr: dmr.clone(), last_seen: at },
        network_incident(&Shared::Host { host: "h".repeat(250) }, at, false),
        network_incident(&Shared::Institution { institution: institution.clone() }, at, true),
        Operational::DmrCertificateExpiring { dmr, serial: Serial::new([9; 16]), ends },
        Operational::ApplicationSubmitted { invitation: InvitationId::new(at, &[1; 10]), institution, chatbot },
    ]
}

fn network_incident(shared: &Shared, at: Timestamp, is_over: bool) -> Operational {
    let (affected, population, others_affected, others) = (14, 15, 3, 900);
    let numbers = serde_json::json!({
        "shared": shared, "affected": affected, "population": population, "othersAffected": others_affected,
        "others": others, "members": affected,
    });
    let cause = serde_json::from_value(numbers).expect("a cause");
    Operational::NetworkIncident { incident: IncidentId::new(at, "sample"), cause, is_over }
}

/// Returns arbitrary content: up to 60 entries, of which a name may be in several.
pub(crate) fn any_content() -> impl Strategy<Value = MessageContent> {
    let entries = proptest::collection::vec(any_entry(), 0..60);
    (any::<u128>(), any_time(), proptest::option::of(any_name()), entries).prop_map(|(id, at, institution, entries)| {
        MessageContent { id: Uuid::from_u128(id), at, institution, entries, common_causes: vec![] }
    })
}

pub(crate) fn any_zone() -> impl Strategy<Value = Zone> {
    let zones = ["Europe/Tallinn", "Europe/San_Marino", "Atlantic/Azores", "Asia/Tbilisi", "UTC"];
    proptest::sample::select(zones.map(|name| name.parse().expect("a zone")).to_vec())
}

fn any_name() -> impl Strategy<Value = Name> {
    prop_oneof!["[a-c]{2}", "[a-z0-9-]{2,64}", "[a-z0-9-]{64}"].prop_map(|text| name(&text))
}

fn any_time() -> impl Strategy<Value = Timestamp> {
    let (min, max) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    let second = prop_oneof![min..=max, 1_700_000_000..1_900_000_000_i64];
    second.prop_map(|second| Timestamp::from_second(second).expect("a time"))
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(HOSTILE.to_owned()),
        any::<String>(),
        "[<>&\"'\\x00-\\x1f]{0,400}",
        proptest::collection::vec(any::<char>(), 0..900).prop_map(String::from_iter),
    ]
}

fn any_cause() -> impl Strategy<Value = Cause> {
    let by = proptest::sample::select(&[Detector::Fast, Detector::FailureRate, Detector::SlowRate][..]);
    let witness = (any_observer(), by, any::<[u32; 3]>()).prop_map(|(observer, by, [total, failed, slow])| Witness {
        observer,
        by,
        counts: Counts { total, failed, slow },
        score: 0,
        recent: vec![],
    });
    prop_oneof![
        Just(Cause::Enrolled),
        proptest::sample::select(vec![CheckReason::Silence, CheckReason::Disagreement, CheckReason::OwnLog])
            .prop_map(Cause::Unanswered),
        any_text().prop_map(Cause::Forced),
        proptest::collection::vec(witness, 0..12).prop_map(Cause::Failing),
    ]
}

fn any_observer() -> impl Strategy<Value = Observer> {
    prop_oneof![Just(Observer::Chatbot), any_name().prop_map(Observer::Dmr)]
}

fn any_status() -> impl Strategy<Value = Status> {
    proptest::sample::select(&[Status::Unknown, Status::Online, Status::Offline][..])
}

fn any_version() -> impl Strategy<Value = Version> {
    prop_oneof!["[1-9]\\.[1-9]\\.[1-9]", "[1-9]\\.[1-9]\\.[1-9]-[a-z]{1,56}"]
        .prop_map(|text| text.parse().expect("a version"))
}

fn any_before() -> impl Strategy<Value = Option<Before>> {
    proptest::option::of(prop_oneof![
        any_time().prop_map(|since| Before::Offline { since }),
        any_time().prop_map(|since| Before::Flapping { since }),
    ])
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let status = (any_name(), any_time(), any_time(), any_status(), any_cause(), any::<usize>(), any::<i64>());
    let status = (0..7_u8, status, any_before());
    let status = status.prop_map(|(kind, (chatbot, at, other, status, cause, count, seconds), before)| match kind {
        0 => Entry::Offline { chatbot, since: at, cause, after_planned: count % 2 == 0, before },
        1 => Entry::Online { chatbot, since: at, outage: Some(Outage { began: other, ended: at }), before },
        2 => Entry::Online { chatbot, since: at, outage: None, before },
        3 => Entry::ShortOutages { chatbot, count, total: SignedDuration::from_secs(seconds), ended: at, before },
        4 => Entry::Flapping { chatbot, status, at, before },
        5 => Entry::Settled { chatbot, status, at, before },
        _ => Entry::MovedAway { chatbot, at, before },
    });
    prop_oneof![3 => status, 2 => any_other_entry(), 1 => any_operational().prop_map(Entry::Operational)]
}

fn any_other_entry() -> impl Strategy<Value = Entry> {
    let severity = proptest::sample::select(&[Severity::Optional, Severity::Mandatory, Severity::Critical][..]);
    let release =
        (any_name(), any_version(), severity, any_text()).prop_map(|(component, version, severity, notes)| {
            let notes: String = notes.chars().take(2000).collect();
            release(component.as_str(), &version.to_string(), severity, &notes)
        });
    prop_oneof![
        (any_name(), release, any_version()).prop_map(|(chatbot, release, running)| Entry::UpdateAvailable {
            chatbot,
            release,
            running
        }),
        (any_name(), any::<[u8; 16]>(), any_time()).prop_map(|(chatbot, serial, ends)| {
            Entry::CertificateExpiring { chatbot, serial: Serial::new(serial), ends }
        }),
        (any_text(), any_text())
            .prop_map(|(address, error)| { Entry::SubscriptionFailing { channel: "mail", address, error } }),
        Just(Entry::Test),
        (any_name(), any_time()).prop_map(|(chatbot, at)| lapsed(chatbot, at)),
        (proptest::sample::select(&CHANGES[..]), any_time(), any_time(), any_text()).prop_map(
            |(change, start, end, text)| {
                let text: String = format!("x{text}").chars().take(280).collect();
                let (outage, reason) = (OutageId::new(start, &[6; 10]), text.try_into().expect("a reason"));
                Entry::PlannedOutage { outage, change, start, end, reason }
            }
        ),
    ]
}

fn any_operational() -> impl Strategy<Value = Operational> {
    let kind = proptest::sample::select(&[ChatbotType::Ministry, ChatbotType::Institution][..]);
    let parts = (0..10_u8, any_name(), any_name(), kind, any_cause(), any_observer(), any_time());
    parts.prop_map(|(index, chatbot, dmr, kind, cause, observer, at)| match index {
        0 => Operational::WouldGoOffline { chatbot, cause },
        1 => Operational::CapReached { kind, chatbot, cause },
        2 => Operational::CapReleased { kind },
        3 => Operational::ObserverOutlier { chatbot, observer },
        4 => Operational::DmrSilent { dmr, last_seen: at },
        5 => Operational::DmrCertificateExpiring { dmr, serial: Serial::new([3; 16]), ends: at },
        6 => network_incident(&Shared::Dmr { dmr }, Timestamp::UNIX_EPOCH, false),
        7 => network_incident(&Shared::Everything { types: [kind].into() }, Timestamp::UNIX_EPOCH, true),
        8 => {
            let version = "2.2.0".parse().expect("a version");
            network_incident(&Shared::Version { component: chatbot, version }, Timestamp::UNIX_EPOCH, false)
        }
        _ => {
            let invitation = InvitationId::new(Timestamp::UNIX_EPOCH, &[4; 10]);
            Operational::ApplicationSubmitted { invitation, institution: dmr, chatbot }
        }
    })
}
