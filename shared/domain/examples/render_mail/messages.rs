//! The messages of the example.

use centops_domain::{
    chatbots::{Name, Status},
    credentials::Serial,
    health::{Cause, CheckReason, Counts, Detector, Witness},
    incidents::NetworkCause,
    ingestion::Observer,
    notifications::{Before, Entry, MessageContent, Operational, Outage},
    onboarding::InvitationId,
    releases::Release,
};
use jiff::{SignedDuration, Timestamp};

/// Returns the messages, each with a name. The first has every kind of entry, and 40 chatbots that are offline.
pub fn messages() -> Vec<(&'static str, MessageContent)> {
    let mut every_kind: Vec<_> = (1..=40).map(|number| offline(number, causes(number))).collect();
    every_kind.extend(statuses());
    every_kind.extend(operational().map(Entry::Operational));
    let update = statuses().into_iter().filter(|entry| matches!(entry, Entry::UpdateAvailable { .. }));
    let storm = (0..1000).map(|number| Entry::Offline {
        chatbot: name(&format!("{number:04}-{}", "x".repeat(59))),
        since: now(),
        cause: causes(3),
        after_planned: false,
        before: None,
    });
    let messages = [
        ("every-kind", every_kind),
        ("outage", vec![offline(5, causes(5))]),
        ("recovery", statuses().drain(..1).collect()),
        ("short-outages", statuses().drain(2..3).collect()),
        ("update", update.collect()),
        ("failing-subscription", vec![failing_subscription()]),
        ("storm", storm.collect()),
        ("test", vec![Entry::Test]),
        ("no-entries", vec![]),
    ];
    let mut messages: Vec<_> = messages.map(|(name, entries)| (name, content(entries))).into();
    let common_causes = vec![common_cause()];
    messages.push(("common-cause", MessageContent { common_causes, ..content(vec![offline(5, causes(5))]) }));
    messages
}

fn common_cause() -> NetworkCause {
    let cause = serde_json::json!({
        "shared": {"kind": "version", "component": "ruuter", "version": "2.2.0"}, "affected": 14, "population": 15,
        "othersAffected": 3, "others": 900, "members": 14,
    });
    serde_json::from_value(cause).expect("a cause")
}

fn content(entries: Vec<Entry>) -> MessageContent {
    MessageContent {
        id: "0197b2c4-6f00-7000-8000-000000000001".parse().expect("a UUID"),
        at: now(),
        institution: Some(name("tax-and-customs")),
        entries,
        common_causes: vec![],
    }
}

fn failing_subscription() -> Entry {
    Entry::SubscriptionFailing {
        channel: "webhook",
        address: "https://hooks.example.ee/…".to_owned(),
        error: "403 <html>Forbidden</html>".to_owned(),
    }
}

fn now() -> Timestamp {
    "2026-11-23T07:00:00Z".parse().expect("a time")
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn offline(number: u8, cause: Cause) -> Entry {
    Entry::Offline {
        chatbot: name(&format!("chatbot-{number}")),
        since: now(),
        cause,
        after_planned: false,
        before: None,
    }
}

fn causes(number: u8) -> Cause {
    let witness = |observer: &str, by, failed, slow| Witness {
        observer: Observer::try_from(observer.to_owned()).expect("an observer"),
        by,
        counts: Counts { total: 24, failed, slow },
        score: 0,
        recent: vec![],
    };
    match number % 6 {
        0 => Cause::Enrolled,
        1 => Cause::Unanswered(CheckReason::Silence),
        2 => Cause::Unanswered(CheckReason::OwnLog),
        3 => Cause::Unanswered(CheckReason::Disagreement),
        4 => Cause::Forced("planned <maintenance> & \"tests\"".to_owned()),
        _ => Cause::Failing(vec![
            witness("chatbot", Detector::FailureRate, 21, 0),
            witness("dmr:tallinn", Detector::SlowRate, 0, 1),
        ]),
    }
}

fn statuses() -> Vec<Entry> {
    let release: Release = serde_json::from_value(serde_json::json!({
        "component": "ruuter", "version": "2.2.0", "severity": "critical", "notes": "Fixes CVE-2026-0001.",
        "publishedAt": "2026-11-22T10:00:00Z",
    }))
    .expect("a release");
    let (at, chatbot) = (now(), name("opening-hours"));
    let began = at - SignedDuration::from_mins(125);
    let before = Some(Before::Offline { since: began });
    vec![
        Entry::Online { chatbot: name("parking"), since: at, outage: Some(Outage { began, ended: at }), before },
        Entry::Online { chatbot: name("new-chatbot"), since: at, outage: None, before: None },
        Entry::ShortOutages {
            chatbot: name("library"),
            count: 2,
            total: SignedDuration::from_secs(95),
            ended: at,
            before,
        },
        Entry::Flapping { chatbot: name("theatre"), status: Status::Offline, at, before: None },
        Entry::Settled { chatbot: name("museum"), status: Status::Online, at, before },
        Entry::MovedAway { chatbot: name("harbour"), at, before },
        Entry::UpdateAvailable {
            chatbot: chatbot.clone(),
            release: release.clone(),
            running: "2.1.0".parse().expect("a version"),
        },
        Entry::UpdateAvailable { chatbot: name("parking"), release, running: "2.0.7".parse().expect("a version") },
        Entry::CertificateExpiring {
            chatbot,
            serial: Serial::new([7; 16]),
            ends: at + SignedDuration::from_hours(24 * 14),
        },
        failing_subscription(),
        Entry::Test,
    ]
}

fn operational() -> [Operational; 7] {
    let (at, chatbot, dmr) = (now(), name("tax-board"), name("tallinn"));
    let kind = "ministry".parse().expect("a type");
    let cause = Cause::Unanswered(CheckReason::Silence);
    [
        Operational::WouldGoOffline { chatbot: chatbot.clone(), cause: cause.clone() },
        Operational::CapReached { kind, chatbot: chatbot.clone(), cause },
        Operational::CapReleased { kind },
        Operational::ObserverOutlier { chatbot: chatbot.clone(), observer: Observer::Dmr(dmr.clone()) },
        Operational::DmrSilent { dmr: dmr.clone(), last_seen: at },
        Operational::DmrCertificateExpiring { dmr, serial: Serial::new([9; 16]), ends: at },
        Operational::ApplicationSubmitted {
            invitation: InvitationId::new(at, &[1; 10]),
            institution: name("city-of-tartu"),
            chatbot,
        },
    ]
}
