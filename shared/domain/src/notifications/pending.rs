//! Pending notifications: what an event makes for each subscription, until a message is made of them.

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{
    alerts::event::{Event, EventKind},
    chatbots::{chatbot::Chatbot, name::Name},
    credentials::profile::Profile,
    notifications::{channel::Channel, enrolment::Enrolment, importance::Importance, settings::Kind, topic::Topic},
    releases::{Release, ReleaseVersion},
};

/// The receivers of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The owners: subscriptions of the institution.
    Owners,
    /// The administrators: subscriptions of the operations centre.
    Operations,
}

/// Returns the receivers of notifications about the event; none for an event that nobody is told. A published release
/// is for the owners of each outdated chatbot ([`PendingNotification::of_release`]).
#[must_use]
pub fn audience_of(event: &EventKind) -> Option<Audience> {
    let topic = Topic::of_event(event)?;
    Some(if topic.is_operational() { Audience::Operations } else { Audience::Owners })
}

/// Returns whether what the owners are told of the event is told to the administrators too.
#[must_use]
pub fn is_for_both(event: &EventKind) -> bool {
    matches!(event, EventKind::AcknowledgementLapsed { .. })
}

/// Returns the importance of the event; none for an event that nobody is told. An end has the importance of what it
/// ends.
#[must_use]
pub fn importance_of(event: &EventKind) -> Option<Importance> {
    Topic::of_event(event).map(Topic::importance)
}

/// A release, by its component and version.
pub type ReleaseKey = (Name, ReleaseVersion);

/// A notification that waits for a subscription's next message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingNotification {
    /// The id of the event; for a release, with the name of the chatbot. It is the key among those of the subscription,
    /// so that an event that arrives again is the same notification.
    pub id: String,
    /// The time of the event.
    pub at: Timestamp,
    /// The content.
    pub content: Content,
    /// The importance.
    pub importance: Importance,
    /// The chatbot that must still be the same, and of the same institution, when the message is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chatbot: Option<Enrolment>,
    /// When it was queued.
    pub queued_at: Timestamp,
}

/// The content of a notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// An event.
    Event(EventKind),
    /// An update for the chatbot.
    Update {
        /// The release.
        release: Release,
        /// The version that the chatbot runs.
        running: Version,
    },
    /// The chatbot belongs to another institution now.
    MovedAway,
    /// Another subscription of the institution cannot be delivered to.
    SubscriptionFailing {
        /// Its channel.
        channel: Channel,
        /// Its address, masked.
        address: String,
        /// The answer of the recipient's system.
        error: String,
    },
    /// A test that somebody asked for.
    Test,
}

impl Content {
    /// Returns the kind, by which subscriptions choose. None for a test: it is always delivered.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Some(match self {
            Self::Test => return None,
            Self::Update { .. } | Self::Event(EventKind::ReleasePublished { .. }) => Kind::Update,
            Self::MovedAway => Kind::Status,
            Self::SubscriptionFailing { .. } => Kind::Subscription,
            Self::Event(event) => match event {
                EventKind::CertificateExpiring { .. } => Kind::Certificate,
                EventKind::DmrSilent { .. } => Kind::Dmr,
                EventKind::ApplicationSubmitted { .. } => Kind::Application,
                EventKind::PlannedOutage { .. } => Kind::Planned,
                EventKind::AcknowledgementLapsed { .. } => Kind::Incident,
                EventKind::WouldGoOffline { .. }
                | EventKind::CapReached { .. }
                | EventKind::CapReleased { .. }
                | EventKind::NetworkIncidentOpened { .. }
                | EventKind::NetworkIncidentResolved { .. }
                | EventKind::ObserverOutlier { .. } => Kind::Network,
                _ => Kind::Status,
            },
        })
    }

    /// Returns the importance; none for an event that nobody is notified of.
    #[must_use]
    pub fn importance(&self) -> Option<Importance> {
        let topic = match self {
            Self::Event(event) => Topic::of_event(event)?,
            Self::Update { release, .. } => Topic::of_release(release),
            Self::MovedAway => Topic::MovedAway,
            Self::SubscriptionFailing { .. } => Topic::SubscriptionFailing,
            Self::Test => Topic::Test,
        };
        Some(topic.importance())
    }

    /// Returns the receivers. None for what both can receive.
    #[must_use]
    pub fn audience(&self) -> Option<Audience> {
        match self {
            Self::Event(event) if is_for_both(event) => None,
            Self::Event(event) => audience_of(event),
            Self::Update { .. } | Self::MovedAway => Some(Audience::Owners),
            Self::SubscriptionFailing { .. } | Self::Test => None,
        }
    }
}

impl PendingNotification {
    /// Returns the release that it is about.
    #[must_use]
    pub fn release(&self) -> Option<ReleaseKey> {
        match &self.content {
            Content::Update { release, .. } => Some((release.component.clone(), release.version.clone())),
            _ => None,
        }
    }

    /// Returns the notification of an event about `chatbot`, queued at `queued_at`. None for a quiet event, for one
    /// that nobody is told, for one that is made per chatbot ([`PendingNotification::of_release`]), and for one about a
    /// chatbot that is not `chatbot`.
    #[must_use]
    pub fn of_event(event: &Event, chatbot: Option<Enrolment>, queued_at: Timestamp) -> Option<Self> {
        let importance = importance_of(&event.kind).filter(|_| !event.quiet)?;
        let chatbot = match chatbot_of(&event.kind) {
            _ if matches!(event.kind, EventKind::ReleasePublished { .. }) => return None,
            Some(name) => Some(chatbot.filter(|chatbot| chatbot.name == *name)?),
            None => None,
        };
        let content = Content::Event(event.kind.clone());
        Some(Self { id: event.id.clone(), at: event.at, content, importance, chatbot, queued_at })
    }

    /// Returns the notification of a published release for `chatbot`, queued at `queued_at`. None if the chatbot does
    /// not run an older version.
    #[must_use]
    pub fn of_release(event: &Event, chatbot: &Chatbot, queued_at: Timestamp) -> Option<Self> {
        let EventKind::ReleasePublished { release } = &event.kind else { return None };
        let running = release.outdates(&chatbot.versions)?.clone();
        Some(Self {
            id: format!("{}:{}", event.id, chatbot.name),
            at: event.at,
            content: Content::Update { release: release.clone(), running },
            importance: importance_of(&event.kind)?,
            chatbot: Some(chatbot.into()),
            queued_at,
        })
    }

    /// Returns the notification `id` that `chatbot` belongs to another institution since `at`, queued at `queued_at`.
    #[must_use]
    pub fn moved_away(id: String, chatbot: Enrolment, at: Timestamp, queued_at: Timestamp) -> Self {
        let importance = Topic::MovedAway.importance();
        Self { id, at, content: Content::MovedAway, importance, chatbot: Some(chatbot), queued_at }
    }
}

/// Returns the chatbot that must be enrolled for a notification of the event to make sense. The chatbot of a reached
/// cap is an example, and that of an application is not enrolled yet.
#[must_use]
pub fn chatbot_of(event: &EventKind) -> Option<&Name> {
    match event {
        EventKind::ChatbotOnline { chatbot, .. }
        | EventKind::ChatbotOffline { chatbot, .. }
        | EventKind::ChatbotFlapping { chatbot, .. }
        | EventKind::ChatbotSettled { chatbot, .. }
        | EventKind::WouldGoOffline { chatbot, .. }
        | EventKind::ObserverOutlier { chatbot, .. }
        | EventKind::AcknowledgementLapsed { chatbot, .. }
        | EventKind::CertificateExpiring { profile: Profile::Chatbot, name: chatbot, .. } => Some(chatbot),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chatbots::{chatbot_type::ChatbotType, status::Status},
        credentials::serial::Serial,
        health::cause::Cause,
        ingestion::observer::Observer,
        onboarding::invitation_id::InvitationId,
    };

    fn bot() -> Name {
        "tax-board".parse().expect("a good name")
    }

    fn release(severity: &str) -> EventKind {
        let release = serde_json::json!({
            "component": "ruuter", "version": "2.2.0", "severity": severity, "publishedAt": Timestamp::UNIX_EPOCH,
        });
        EventKind::ReleasePublished { release: serde_json::from_value(release).expect("a release") }
    }

    fn event(kind: EventKind) -> Event {
        Event { id: "e-1".into(), at: Timestamp::UNIX_EPOCH, quiet: false, kind }
    }

    #[test]
    fn importance_and_audience_follow_the_table() {
        let (chatbot, cause, at) = (bot(), Cause::Enrolled, Timestamp::UNIX_EPOCH);
        let online = |was| EventKind::ChatbotOnline { chatbot: bot(), was };
        let expiring =
            |profile| EventKind::CertificateExpiring { profile, name: bot(), serial: Serial::new([7; 16]), ends: at };
        let invitation = InvitationId::new(at, &[0; 10]);
        let (owners, operations) = (Audience::Owners, Audience::Operations);
        for (kind, audience, importance) in [
            (online(Status::Unknown), owners, Importance::Info),
            (online(Status::Offline), owners, Importance::Critical),
            (EventKind::ChatbotOffline { chatbot: bot(), cause: cause.clone() }, owners, Importance::Critical),
            (EventKind::ChatbotFlapping { chatbot: bot(), status: Status::Online }, owners, Importance::Warning),
            (EventKind::ChatbotSettled { chatbot: bot(), status: Status::Online }, owners, Importance::Info),
            (release("optional"), owners, Importance::Info),
            (release("mandatory"), owners, Importance::Warning),
            (release("critical"), owners, Importance::Critical),
            (expiring(Profile::Chatbot), owners, Importance::Warning),
            (expiring(Profile::Dmr), operations, Importance::Warning),
            (EventKind::WouldGoOffline { chatbot: bot(), cause: cause.clone() }, operations, Importance::Warning),
            (
                EventKind::CapReached { kind: ChatbotType::Ministry, chatbot: bot(), cause },
                operations,
                Importance::Critical,
            ),
            (EventKind::CapReleased { kind: ChatbotType::Ministry }, operations, Importance::Critical),
            (
                EventKind::ObserverOutlier { chatbot: bot(), observer: Observer::Chatbot },
                operations,
                Importance::Warning,
            ),
            (EventKind::DmrSilent { dmr: bot(), last_seen: at }, operations, Importance::Critical),
            (EventKind::ApplicationSubmitted { invitation, institution: bot(), chatbot }, operations, Importance::Info),
        ] {
            assert_eq!((audience_of(&kind), importance_of(&kind)), (Some(audience), Some(importance)), "{kind:?}");
        }
        for kind in [
            EventKind::ControlEnded { chatbot: bot() },
            EventKind::ObserverSilent { chatbot: bot(), observer: Observer::Chatbot },
            EventKind::InvitationSent { invitation, institution: bot() },
        ] {
            assert_eq!((audience_of(&kind), importance_of(&kind)), (None, None), "{kind:?}");
            assert_eq!(PendingNotification::of_event(&event(kind), None, Timestamp::UNIX_EPOCH), None);
        }
    }

    #[test]
    fn event_about_another_chatbot_or_a_quiet_one_makes_no_notification() {
        let enrolment =
            |name: &str| Enrolment { name: name.parse().expect("a name"), enrolled_at: Timestamp::UNIX_EPOCH };
        let mut offline = event(EventKind::ChatbotOffline { chatbot: bot(), cause: Cause::Enrolled });
        let of = |event: &Event, chatbot| PendingNotification::of_event(event, chatbot, Timestamp::UNIX_EPOCH);
        let pending = of(&offline, Some(enrolment("tax-board"))).expect("a notification");
        assert_eq!((pending.id.as_str(), pending.chatbot.as_ref()), ("e-1", Some(&enrolment("tax-board"))));
        let json = serde_json::to_string(&pending).expect("json");
        assert_eq!(serde_json::from_str::<PendingNotification>(&json).expect("as written"), pending);
        assert_eq!(of(&offline, None), None);
        assert_eq!(of(&offline, Some(enrolment("tax"))), None);
        offline.quiet = true;
        assert_eq!(of(&offline, Some(enrolment("tax-board"))), None);
        assert_eq!(of(&event(release("critical")), Some(enrolment("tax-board"))), None, "made per chatbot");
        let capped = EventKind::CapReached { kind: ChatbotType::Ministry, chatbot: bot(), cause: Cause::Enrolled };
        assert_eq!(of(&event(capped), Some(enrolment("tax-board"))).expect("a notification").chatbot, None);
    }

    #[test]
    fn release_makes_a_notification_for_an_outdated_chatbot() {
        let chatbot = |version: &str| -> Chatbot {
            let new = serde_json::json!({
                "name": "tax-board", "uri": "https://bot.example.ee/", "type": "institution", "institution": "tax",
                "contact": "owner@example.ee", "versions": {"ruuter": version},
            });
            Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), Timestamp::UNIX_EPOCH)
        };
        let of =
            |version| PendingNotification::of_release(&event(release("mandatory")), &chatbot(version), Timestamp::MAX);
        let pending = of("2.1.0").expect("outdated");
        assert_eq!((pending.id.as_str(), pending.importance), ("e-1:tax-board", Importance::Warning));
        assert!(matches!(pending.content, Content::Update { running, .. } if running == Version::new(2, 1, 0)));
        assert_eq!(of("2.2.0"), None);
    }
}
