//! Announcements: the messages to owners and administrators about events.

use std::fmt::Write as _;

use jiff::Timestamp;
use semver::Version;
use serde::Serialize;

use crate::{
    alerts::event::{Event, EventKind},
    chatbots::{
        chatbot::{Chatbot, Status},
        name::Name,
    },
    credentials::{profile::Profile, serial::Serial},
    health::{
        cause::{Cause, CheckReason, Witness},
        detector::Detector,
    },
    ingestion::observer::Observer,
    releases::{Release, Severity},
};

/// The receivers of an announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The owners who subscribed to the chatbot.
    Owners,
    /// The administrators.
    Administrators,
}

/// A message to subscribers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Announcement {
    /// The id of the event; for an event that is announced per chatbot, with the name of the chatbot.
    pub id: String,
    /// The type, on which subscribers filter.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The chatbot concerned; none for an announcement about the network or a DMR.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chatbot: Option<Name>,
    /// The time of the event.
    pub at: Timestamp,
    /// The severity of an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The subject: one line.
    pub subject: String,
    /// The body: a few sentences.
    pub text: String,
    /// The release of an update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// The version that the chatbot runs before the update.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<Version>,
    /// The receivers.
    #[serde(skip)]
    pub audience: Audience,
}

impl Event {
    /// Returns the announcement of the event. None for a quiet event, and for one that is announced per chatbot.
    #[must_use]
    pub fn announcement(&self) -> Option<Announcement> {
        if self.quiet {
            return None;
        }
        let message = match &self.kind {
            EventKind::ChatbotOnline { .. }
            | EventKind::ChatbotOffline { .. }
            | EventKind::ChatbotFlapping { .. }
            | EventKind::ChatbotSettled { .. }
            | EventKind::CertificateExpiring { profile: Profile::Chatbot, .. } => self.to_owners()?,
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

    /// Returns the announcement of a release to the owners of `chatbot`, if the chatbot runs an older version.
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
                    Cause::Forced(_) => "It stays offline until an administrator ends the manual control.",
                    _ => "It is probed, and routed again once it answers.",
                };
                let text = format!("{subject} since {at}: {}. Messages no longer reach it. {then}", clause(cause));
                ("chatbot-offline", chatbot, subject, text)
            }
            EventKind::ChatbotFlapping { chatbot, status } => {
                let subject = format!("{chatbot} goes up and down");
                let text = format!(
                    "{subject}. At {at} it is {status:?}. The next message follows when it has not changed for an hour.",
                );
                ("chatbot-flapping", chatbot, subject, text)
            }
            EventKind::ChatbotSettled { chatbot, status } => {
                let subject = format!("{chatbot} has settled: {status:?}");
                let text = format!("{chatbot} went up and down, and has been {status:?} for an hour at {at}.");
                ("chatbot-settled", chatbot, subject, text)
            }
            EventKind::CertificateExpiring { name, serial, ends, .. } => {
                let (subject, text) = expiry("chatbot", name, serial, *ends);
                ("certificate-expiring", name, subject, text)
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
                let text = format!("{subject} at {at}, if its policy were not a dry run: {}.", clause(cause));
                ("would-go-offline", Some(chatbot), subject, text)
            }
            EventKind::CapReached { kind, chatbot, cause } => {
                let subject = format!("{chatbot} fails and stays routed: too many are offline");
                let text = format!(
                    "{chatbot} fails at {at}: {}. As many chatbots of the type {} are offline as the cap allows. None is \
                     taken out any more until some have come back: the fault may be ours.",
                    clause(cause),
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
                let observer = phrase(observer);
                let subject = format!("Only {observer} finds {chatbot} failing");
                let text = format!(
                    "At {at} {observer} finds {chatbot} failing and the other observers do not. {chatbot} stays routed \
                     and is probed.",
                );
                ("observer-outlier", Some(chatbot), subject, text)
            }
            EventKind::DmrSilent { dmr, last_seen } => {
                let subject = format!("DMR {dmr} is silent");
                let text = format!("{subject}: it used to report, and its last report arrived at {last_seen}.");
                ("dmr-silent", None, subject, text)
            }
            EventKind::CertificateExpiring { name, serial, ends, .. } => {
                let (subject, text) = expiry("DMR", name, serial, *ends);
                ("certificate-expiring", None, subject, text)
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
}

/// The parts of an announcement that depend on the kind of its event.
struct Message<'a> {
    kind: &'static str,
    chatbot: Option<&'a Name>,
    audience: Audience,
    subject: String,
    text: String,
}

/// Returns the subject and the text about a certificate that ends soon.
fn expiry(holder: &str, name: &Name, serial: &Serial, ends: Timestamp) -> (String, String) {
    let subject = format!("The certificate of the {holder} {name} ends");
    let text = format!(
        "{subject} at {ends}, and there is no newer one. Renew it with POST /certificate-renewals of the Network API \
         before that time, or ask an administrator for another. Serial number: {serial}.",
    );
    (subject, text)
}

/// Returns a cause as a clause of a sentence.
fn clause(cause: &Cause) -> String {
    match cause {
        Cause::Enrolled => "it has not passed a probe yet".to_owned(),
        Cause::Unanswered(CheckReason::Silence) => "no report arrived about it, and it does not answer".to_owned(),
        Cause::Unanswered(CheckReason::Disagreement) => {
            "one observer finds it failing, and it does not answer".to_owned()
        }
        Cause::Unanswered(CheckReason::OwnLog) => "its own log reports failures, and it does not answer".to_owned(),
        Cause::Forced(reason) => format!("an administrator took it out ({reason})"),
        Cause::Failing(witnesses) => {
            let mut text = String::new();
            for Witness { observer, by, counts, .. } in witnesses {
                let separator = if text.is_empty() { "" } else { ", " };
                let (part, verb) = match by {
                    Detector::FailureRate | Detector::Fast => (counts.failed, "fail"),
                    Detector::SlowRate => (counts.slow, "answer slowly"),
                };
                // Writing to a string cannot fail.
                let _ = write!(text, "{separator}{} saw {part} of {} {verb}", phrase(observer), counts.total);
            }
            text
        }
    }
}

/// Returns an observer as a phrase of a sentence.
fn phrase(observer: &Observer) -> String {
    match observer {
        Observer::Chatbot => "its own log".to_owned(),
        Observer::Dmr(name) => format!("DMR {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chatbots::chatbot::ChatbotType, health::window::Counts, onboarding::invitation_id::InvitationId};

    fn event(kind: EventKind) -> Event {
        Event { id: "e-1".into(), at: Timestamp::UNIX_EPOCH, quiet: false, kind }
    }

    fn bot() -> Name {
        "tax-board".parse().expect("a good name")
    }

    #[test]
    fn outage_is_announced_to_owners_with_its_witnesses() {
        let witness = |observer: &str, failed, total| Witness {
            observer: Observer::try_from(observer.to_owned()).expect("an observer"),
            by: Detector::FailureRate,
            counts: Counts { total, failed, slow: 0 },
            score: 0,
            recent: vec![],
        };
        let cause = Cause::Failing(vec![witness("chatbot", 9, 10), witness("dmr:tallinn", 12, 12)]);
        let mut event = event(EventKind::ChatbotOffline { chatbot: bot(), cause });
        let announcement = event.announcement().expect("an announcement");
        assert_eq!((announcement.kind, announcement.audience), ("chatbot-offline", Audience::Owners));
        let text = announcement.text;
        assert!(text.contains("its own log saw 9 of 10 fail, DMR tallinn saw 12 of 12 fail"), "{text}");
        event.quiet = true;
        assert_eq!(event.announcement(), None);
    }

    #[test]
    fn expiring_certificate_is_announced_to_owners_and_that_of_a_dmr_to_administrators() {
        for (profile, chatbot, audience) in
            [(Profile::Chatbot, Some(bot()), Audience::Owners), (Profile::Dmr, None, Audience::Administrators)]
        {
            let (serial, ends) = (Serial::new([7; 16]), Timestamp::UNIX_EPOCH);
            let event = event(EventKind::CertificateExpiring { profile, name: bot(), serial, ends });
            let announcement = event.announcement().expect("an announcement");
            assert_eq!((announcement.audience, announcement.chatbot), (audience, chatbot));
            assert_eq!(announcement.kind, "certificate-expiring");
            assert!(announcement.text.contains("tax-board ends at 1970-01-01T00:00:00Z"), "{}", announcement.text);
        }
    }

    #[test]
    fn reached_cap_is_announced_to_administrators() {
        let cause = Cause::Unanswered(CheckReason::Silence);
        let event = event(EventKind::CapReached { kind: ChatbotType::Ministry, chatbot: bot(), cause });
        let announcement = event.announcement().expect("an announcement");
        assert_eq!((announcement.kind, announcement.audience), ("cap-reached", Audience::Administrators));
        assert!(announcement.text.contains("of the type ministry"), "{}", announcement.text);
    }

    #[test]
    fn application_is_the_only_announced_step_of_an_onboarding() {
        let invitation = InvitationId::new(Timestamp::UNIX_EPOCH, &[0; 10]);
        let (institution, chatbot) = (bot(), bot());
        let submitted = EventKind::ApplicationSubmitted { invitation, institution: bot(), chatbot: bot() };
        let announcement = event(submitted).announcement().expect("an announcement");
        assert_eq!((announcement.kind, announcement.audience), ("application-submitted", Audience::Administrators));
        assert!(announcement.text.contains(&invitation.to_string()), "{}", announcement.text);
        for kind in [
            EventKind::InvitationSent { invitation, institution: institution.clone() },
            EventKind::InvitationWithdrawn { invitation, institution: institution.clone() },
            EventKind::ApplicationApproved { invitation, institution: institution.clone(), chatbot: chatbot.clone() },
            EventKind::ApplicationRejected { invitation, institution, chatbot },
        ] {
            assert_eq!(event(kind).announcement(), None);
        }
    }
}
