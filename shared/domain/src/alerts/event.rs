//! Facts that happened, and how they are told.

use std::fmt::Write as _;

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{
        chatbot::{Chatbot, ChatbotType, Status},
        name::Name,
    },
    health::{
        cause::{Cause, CheckReason, Witness},
        control::Control,
        detector::Detector,
    },
    ingestion::observation::Observer,
    onboarding::invitation_id::InvitationId,
    releases::{Release, Severity},
};

/// A fact that happened. Written in the same transaction as what it tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Unique, and the same however often the fact is told: receivers recognise a repetition by it.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// Whether nobody gets a message: it is of no use to anyone, or its owner had enough of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quiet: bool,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum EventKind {
    /// A chatbot is routed.
    ChatbotOnline {
        /// Which.
        chatbot: Name,
        /// What it was before.
        was: Status,
    },
    /// A chatbot is not routed any more.
    ChatbotOffline {
        /// Which.
        chatbot: Name,
        /// Why.
        cause: Cause,
    },
    /// A chatbot goes up and down so often that its changes are not told one by one.
    ChatbotFlapping {
        /// Which.
        chatbot: Name,
        /// What it is now.
        status: Status,
    },
    /// A chatbot that flapped has not changed for an hour.
    ChatbotSettled {
        /// Which.
        chatbot: Name,
        /// What it is.
        status: Status,
    },
    /// A chatbot would be taken out of routing, if its policy were not a dry run.
    WouldGoOffline {
        /// Which.
        chatbot: Name,
        /// Why.
        cause: Cause,
    },
    /// So many chatbots of a type are Offline already that none is taken out any more.
    CapReached {
        /// The type.
        kind: ChatbotType,
        /// The first that fails and stays routed.
        chatbot: Name,
        /// Why it would have been taken out.
        cause: Cause,
    },
    /// Chatbots of a type are taken out again.
    CapReleased {
        /// The type.
        kind: ChatbotType,
    },
    /// One observer finds a chatbot failing, and others find it well.
    ObserverOutlier {
        /// The chatbot.
        chatbot: Name,
        /// Who stands against the others.
        observer: Observer,
    },
    /// An observer that used to report on a chatbot does not any more. The chatbot is probed.
    ObserverSilent {
        /// The chatbot.
        chatbot: Name,
        /// Who is silent.
        observer: Observer,
    },
    /// A DMR that used to report does not any more.
    DmrSilent {
        /// Which.
        dmr: Name,
        /// When its last report arrived.
        #[serde(rename = "heard")]
        last_seen: Timestamp,
    },
    /// An administrator took a chatbot's status into their own hands.
    ControlSet {
        /// Which.
        chatbot: Name,
        /// What is forced, why, and by whom.
        control: Control,
    },
    /// A chatbot's status follows what is seen again.
    ControlEnded {
        /// Which.
        chatbot: Name,
    },
    /// A component's version was published.
    ReleasePublished {
        /// Which.
        release: Release,
    },
    /// An institution was invited to enrol a chatbot.
    InvitationSent {
        /// By which invitation.
        invitation: InvitationId,
        /// Which.
        institution: Name,
    },
    /// An invitation ended before anybody applied.
    InvitationWithdrawn {
        /// Which.
        invitation: InvitationId,
        /// Whose.
        institution: Name,
    },
    /// An institution applied with its chatbot. An administrator is to decide.
    ApplicationSubmitted {
        /// By which invitation.
        invitation: InvitationId,
        /// Which.
        institution: Name,
        /// What the chatbot is to be called.
        chatbot: Name,
    },
    /// An application was approved: the chatbot is enrolled.
    ApplicationApproved {
        /// By which invitation.
        invitation: InvitationId,
        /// Whose.
        institution: Name,
        /// The chatbot.
        chatbot: Name,
    },
    /// An application was rejected.
    ApplicationRejected {
        /// By which invitation.
        invitation: InvitationId,
        /// Whose.
        institution: Name,
        /// What the chatbot was to be called.
        chatbot: Name,
    },
}

/// Who should hear of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The owners who subscribed to the chatbot.
    Owners,
    /// The administrators.
    Administrators,
}

/// One message to subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Announcement {
    /// The event's id and, where it is told to many, the chatbot's name.
    pub id: String,
    /// What subscribers filter on.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The chatbot it is about; none where it is about the network or a DMR.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chatbot: Option<Name>,
    /// When it happened.
    pub at: Timestamp,
    /// How urgent it is, for an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// One line.
    pub subject: String,
    /// A few sentences.
    pub text: String,
    /// The release, for an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// What runs, for an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<Version>,
    /// Who hears of it.
    #[serde(skip)]
    pub audience: Audience,
}

impl Event {
    /// The message that tells of it to one audience; none where it is quiet, or concerns each owner
    /// differently.
    #[must_use]
    pub fn announcement(&self) -> Option<Announcement> {
        if self.quiet {
            return None;
        }
        let message = match &self.kind {
            EventKind::ChatbotOnline { .. }
            | EventKind::ChatbotOffline { .. }
            | EventKind::ChatbotFlapping { .. }
            | EventKind::ChatbotSettled { .. } => self.to_owners()?,
            _ => self.to_administrators()?,
        };
        let Message { kind, chatbot, audience, subject, text } = message;
        Some(Announcement {
            id: self.id.clone(),
            kind,
            chatbot: chatbot.cloned(),
            at: self.at,
            severity: None,
            subject,
            text,
            release: None,
            running: None,
            audience,
        })
    }

    fn to_owners(&self) -> Option<Message<'_>> {
        let at = self.at;
        let (kind, chatbot, subject, text) = match &self.kind {
            EventKind::ChatbotOnline { chatbot, was } => {
                let subject = match was {
                    Status::Offline => format!("{chatbot} is back online"),
                    Status::Unknown | Status::Online => format!("{chatbot} is online"),
                };
                let text = format!("{subject} since {at}: messages reach it.");
                ("chatbot-online", chatbot, subject, text)
            }
            EventKind::ChatbotOffline { chatbot, cause } => {
                let subject = format!("{chatbot} is offline");
                let then = match cause {
                    Cause::Forced(_) => "It stays so until an administrator ends it.",
                    _ => "It is probed, and routed again once it answers.",
                };
                let text = format!("{subject} since {at}: {}. Messages no longer reach it. {then}", told(cause));
                ("chatbot-offline", chatbot, subject, text)
            }
            EventKind::ChatbotFlapping { chatbot, status } => {
                let subject = format!("{chatbot} goes up and down");
                let text = format!(
                    "{subject}. At {at} it is {status:?}. You hear of it again when it has not changed for an hour.",
                );
                ("chatbot-flapping", chatbot, subject, text)
            }
            EventKind::ChatbotSettled { chatbot, status } => {
                let subject = format!("{chatbot} has settled: {status:?}");
                let text = format!("{chatbot} went up and down, and has been {status:?} for an hour at {at}.");
                ("chatbot-settled", chatbot, subject, text)
            }
            _ => return None,
        };
        Some(Message { kind, chatbot: Some(chatbot), audience: Audience::Owners, subject, text })
    }

    fn to_administrators(&self) -> Option<Message<'_>> {
        let at = self.at;
        let (kind, chatbot, subject, text) = match &self.kind {
            EventKind::WouldGoOffline { chatbot, cause } => {
                let subject = format!("{chatbot} would go offline");
                let text = format!("{subject} at {at}, if its policy were not a dry run: {}.", told(cause));
                ("would-go-offline", Some(chatbot), subject, text)
            }
            EventKind::CapReached { kind, chatbot, cause } => {
                let subject = format!("{chatbot} fails and stays routed: too many are offline");
                let text = format!(
                    "{chatbot} fails at {at}: {}. As many chatbots of the type {} are offline as the cap allows. None is \
                     taken out any more until some have come back: the fault may be ours.",
                    told(cause),
                    kind.as_str(),
                );
                ("cap-reached", Some(chatbot), subject, text)
            }
            EventKind::CapReleased { kind } => {
                let subject = format!("Enough chatbots of the type {} are back", kind.as_str());
                let text = format!("{subject} at {at}: those that fail are taken out of routing again.");
                ("cap-released", None, subject, text)
            }
            EventKind::ObserverOutlier { chatbot, observer } => {
                let subject = format!("{} stands alone about {chatbot}", who(observer));
                let text = format!(
                    "At {at} {} finds {chatbot} failing and others find it well. {chatbot} stays routed and is probed.",
                    who(observer),
                );
                ("observer-outlier", Some(chatbot), subject, text)
            }
            EventKind::DmrSilent { dmr, last_seen } => {
                let subject = format!("DMR {dmr} is silent");
                let text = format!("{subject}: it used to report, and was last heard at {last_seen}.");
                ("dmr-silent", None, subject, text)
            }
            EventKind::ApplicationSubmitted { invitation, institution, chatbot } => {
                let subject = format!("{institution} applies with the chatbot {chatbot}");
                let text = format!("{subject} at {at}: an administrator is to decide on the invitation {invitation}.");
                ("application-submitted", Some(chatbot), subject, text)
            }
            _ => return None,
        };
        Some(Message { kind, chatbot, audience: Audience::Administrators, subject, text })
    }

    /// The message to the owners of `chatbot` about a release, when it runs something older.
    #[must_use]
    pub fn announcement_to(&self, chatbot: &Chatbot) -> Option<Announcement> {
        let EventKind::ReleasePublished { release } = &self.kind else { return None };
        let running = release.outdates(&chatbot.versions)?;
        let (name, component, version) = (&chatbot.name, &release.component, release.version.get());
        Some(Announcement {
            id: format!("{}:{name}", self.id),
            kind: "update-available",
            chatbot: Some(name.clone()),
            at: self.at,
            severity: Some(release.severity),
            subject: format!("{name}: {} update, {component} {version}", release.severity.as_str()),
            text: format!(
                "{component} {version} was published at {}. {name} runs {running}. The update is {}.",
                self.at,
                release.severity.as_str(),
            ),
            release: Some(release.clone()),
            running: Some(running.clone()),
            audience: Audience::Owners,
        })
    }
}

/// A message before it has a form.
struct Message<'a> {
    kind: &'static str,
    chatbot: Option<&'a Name>,
    audience: Audience,
    subject: String,
    text: String,
}

/// A cause as part of a sentence.
fn told(cause: &Cause) -> String {
    match cause {
        Cause::Enrolled => "it was never seen healthy".to_owned(),
        Cause::Unanswered(CheckReason::Silence) => "nothing was heard of it, and it does not answer".to_owned(),
        Cause::Unanswered(CheckReason::Disagreement) => {
            "one observer finds it failing, and it does not answer".to_owned()
        }
        Cause::Forced(reason) => format!("an administrator took it out ({reason})"),
        Cause::Failing(witnesses) => {
            let mut told = String::new();
            for Witness { observer, by, counts, .. } in witnesses {
                let separator = if told.is_empty() { "" } else { ", " };
                let (part, what) = match by {
                    Detector::FailureRate | Detector::Fast => (counts.failed, "fail"),
                    Detector::SlowRate => (counts.slow, "answer slowly"),
                };
                // Writing to a string cannot fail.
                let _ = write!(told, "{separator}{} saw {part} of {} {what}", who(observer), counts.total);
            }
            told
        }
    }
}

fn who(observer: &Observer) -> String {
    match observer {
        Observer::Chatbot => "its own log".to_owned(),
        Observer::Dmr(name) => format!("DMR {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::window::Counts;

    fn event(fact: EventKind) -> Event {
        Event { id: "e-1".into(), at: Timestamp::UNIX_EPOCH, quiet: false, kind: fact }
    }

    fn bot() -> Name {
        "tax-board".parse().expect("a good name")
    }

    #[test]
    fn an_outage_says_who_saw_what() {
        let witness = |observer: &str, failed, total| Witness {
            observer: Observer::try_from(observer.to_owned()).expect("an observer"),
            by: Detector::FailureRate,
            counts: Counts { total, failed, slow: 0 },
            score: 0,
            recent: vec![],
        };
        let cause = Cause::Failing(vec![witness("chatbot", 9, 10), witness("dmr:tallinn", 12, 12)]);
        let mut event = event(EventKind::ChatbotOffline { chatbot: bot(), cause });
        let told = event.announcement().expect("told");
        assert_eq!(told.kind, "chatbot-offline");
        assert_eq!(told.audience, Audience::Owners);
        assert!(told.text.contains("its own log saw 9 of 10 fail, DMR tallinn saw 12 of 12 fail"), "{}", told.text);
        event.quiet = true;
        assert_eq!(event.announcement(), None);
    }

    #[test]
    fn what_is_wrong_with_us_is_the_administrators() {
        let cause = Cause::Unanswered(CheckReason::Silence);
        let told = event(EventKind::CapReached { kind: ChatbotType::Ministry, chatbot: bot(), cause });
        let told = told.announcement().expect("told");
        assert_eq!((told.kind, told.audience), ("cap-reached", Audience::Administrators));
        assert!(told.text.contains("of the type ministry"), "{}", told.text);
    }

    #[test]
    fn only_an_application_is_told_of_an_onboarding() {
        let invitation = InvitationId::new(Timestamp::UNIX_EPOCH, &[0; 10]);
        let (institution, chatbot) = (bot(), bot());
        let told = event(EventKind::ApplicationSubmitted { invitation, institution: bot(), chatbot: bot() });
        let told = told.announcement().expect("told");
        assert_eq!((told.kind, told.audience), ("application-submitted", Audience::Administrators));
        assert!(told.text.contains(&invitation.to_string()), "{}", told.text);
        for fact in [
            EventKind::InvitationSent { invitation, institution: institution.clone() },
            EventKind::InvitationWithdrawn { invitation, institution: institution.clone() },
            EventKind::ApplicationApproved { invitation, institution: institution.clone(), chatbot: chatbot.clone() },
            EventKind::ApplicationRejected { invitation, institution, chatbot },
        ] {
            assert_eq!(event(fact).announcement(), None);
        }
    }

    #[test]
    fn events_read_back_as_written() {
        let was = Status::Offline;
        for quiet in [false, true] {
            let event = Event { quiet, ..event(EventKind::ChatbotOnline { chatbot: bot(), was }) };
            let text = serde_json::to_string(&event).expect("json");
            assert!(text.contains(r#""type":"chatbot-online""#), "{text}");
            assert_eq!(serde_json::from_str::<Event>(&text).expect("as written"), event);
        }
    }
}
