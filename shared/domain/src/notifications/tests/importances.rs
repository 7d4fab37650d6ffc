//! The importance of a notification, and of the entry that it makes.

use jiff::Timestamp;

use super::world::{World, name, publish, secs, world};
use crate::{
    alerts::EventKind,
    chatbots::{ChatbotType, Status},
    credentials::{Profile, Serial},
    health::Cause,
    incidents::{IncidentId, NetworkCause},
    ingestion::Observer,
    notifications::{
        Audience, Channel, Content, Coverage, Enrolment, Entry, Importance, Kind, LastNotified, NotifiedStatus,
        PendingNotification, audience_of, combine, importance_of,
    },
    onboarding::InvitationId,
    outages::{OutageChange, OutageId},
};

/// Returns the entries of a message about `pending` alone. The chatbot was told to be offline before, where that
/// matters.
fn entries(world: &World, pending: PendingNotification) -> Vec<Entry> {
    let mut told = world.told.clone();
    if let Content::Event(EventKind::ChatbotOnline { was: Status::Offline, .. }) | Content::MovedAway = pending.content
    {
        let since = pending.at - secs(600);
        let status = NotifiedStatus { status: LastNotified::Offline, since, as_of: since };
        told.chatbots.insert(pending.chatbot.clone().expect("a chatbot"), status);
    }
    combine(&world.subscription, &[pending], &told, &world.present, &world.withdrawn, world.now).entries
}

fn events(own: &Enrolment) -> Vec<(EventKind, Option<&Enrolment>)> {
    let (chatbot, cause, at) = (|| own.name.clone(), Cause::Enrolled, Timestamp::UNIX_EPOCH);
    let expiring = |profile| EventKind::CertificateExpiring {
        profile,
        name: own.name.clone(),
        serial: Serial::new([7; 16]),
        ends: at,
    };
    let about = Some(own);
    let planned = OUTAGE_CHANGES.map(|change| (planned_outage(change), None));
    let incident = IncidentId::new(at, "e-1");
    let shared = serde_json::json!({
        "shared": {"kind": "host", "host": "bots.example.ee"}, "affected": 14, "population": 15, "othersAffected": 3,
        "others": 900, "members": 14,
    });
    let shared: NetworkCause = serde_json::from_value(shared).expect("a cause");
    let mut events = vec![
        (EventKind::ChatbotOnline { chatbot: chatbot(), was: Status::Unknown }, about),
        (EventKind::ChatbotOnline { chatbot: chatbot(), was: Status::Offline }, about),
        (EventKind::ChatbotOffline { chatbot: chatbot(), cause: cause.clone() }, about),
        (EventKind::ChatbotFlapping { chatbot: chatbot(), status: Status::Online }, about),
        (EventKind::ChatbotSettled { chatbot: chatbot(), status: Status::Online }, about),
        (EventKind::ChatbotSettled { chatbot: chatbot(), status: Status::Offline }, about),
        (expiring(Profile::Chatbot), about),
        (expiring(Profile::Dmr), None),
        (EventKind::WouldGoOffline { chatbot: chatbot(), cause: cause.clone() }, about),
        (EventKind::CapReached { kind: ChatbotType::Ministry, chatbot: chatbot(), cause }, None),
        (EventKind::AcknowledgementLapsed { chatbot: chatbot(), incident: IncidentId::new(at, "e"), since: at }, about),
        (EventKind::CapReleased { kind: ChatbotType::Ministry }, None),
        (EventKind::ObserverOutlier { chatbot: chatbot(), observer: Observer::Chatbot }, about),
        (EventKind::DmrSilent { dmr: chatbot(), last_seen: at }, None),
        (EventKind::NetworkIncidentOpened { incident, cause: shared.clone() }, None),
        (EventKind::NetworkIncidentResolved { incident, cause: shared }, None),
        (
            EventKind::ApplicationSubmitted {
                invitation: InvitationId::new(at, &[0; 10]),
                institution: name("tax"),
                chatbot: chatbot(),
            },
            None,
        ),
    ];
    events.extend(planned);
    events
}

const OUTAGE_CHANGES: [OutageChange; 7] = [
    OutageChange::Confirmed,
    OutageChange::Reminder,
    OutageChange::Started,
    OutageChange::Ending,
    OutageChange::Completed,
    OutageChange::Overrun,
    OutageChange::Cancelled,
];

/// Each change is about an outage of its own.
fn planned_outage(change: OutageChange) -> EventKind {
    let (start, institution) = (Timestamp::UNIX_EPOCH, name("tax"));
    let outage = OutageId::new(start, &[change as u8; 10]);
    let reason = "upgrade".to_owned().try_into().expect("a reason");
    EventKind::PlannedOutage { outage, institution, change, start, end: start + secs(3600), reason }
}

#[test]
fn owners_are_told_of_planned_outages_and_an_overrun_is_a_warning() {
    for change in OUTAGE_CHANGES {
        let event = planned_outage(change);
        let expected = if change == OutageChange::Overrun { Importance::Warning } else { Importance::Info };
        assert_eq!(
            (importance_of(&event), audience_of(&event)),
            (Some(expected), Some(Audience::Owners)),
            "{change:?}"
        );
        let kind = Content::Event(event).kind();
        assert_eq!(kind, Some(Kind::Planned), "{change:?}");
    }
}

#[test]
fn entry_has_the_importance_of_its_notification() {
    let mut world = world();
    let own = world.enrol("tax-1", "tax");
    for (event, about) in events(&own) {
        world.event(event, about);
    }
    for (severity, version) in [("optional", "2.2.0"), ("mandatory", "2.3.0"), ("critical", "2.4.0")] {
        publish(&mut world, "tax-1", severity, version);
    }
    let contents = [
        Content::SubscriptionFailing { channel: Channel::Mail, address: "***@ria.ee".into(), error: "550".into() },
        Content::Test,
        Content::MovedAway,
    ];
    for content in contents {
        let importance = content.importance().expect("told");
        let chatbot = (content == Content::MovedAway).then(|| own.clone());
        let (id, now) = (format!("{content:?}"), world.now);
        world.queue(PendingNotification { id, at: now, content, importance, chatbot, queued_at: now });
    }
    let pending = std::mem::take(&mut world.pending);
    assert_eq!(pending.len(), 23 + OUTAGE_CHANGES.len());
    for one in pending {
        let institution = if one.content == Content::MovedAway { "police" } else { "tax" };
        world.present.get_mut("tax-1").expect("enrolled").institution = name(institution);
        world.subscription.coverage = match one.content.audience() {
            Some(Audience::Operations) => Coverage::Operations,
            _ => Coverage::Institution { institution: name("tax") },
        };
        let importance = one.importance;
        let [entry] = &entries(&world, one.clone())[..] else { panic!("{one:?}") };
        assert_eq!(entry.importance(), importance, "{one:?}");
    }
}
