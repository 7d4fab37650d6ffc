//! Facts that happened, and how they are told.

use std::fmt::Write as _;

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{
    chatbot::{Chatbot, Status},
    detector::Witness,
    name::Name,
    observation::Observer,
    release::{Release, Severity},
};

/// A fact that happened. Written in the same transaction as what it tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Unique, and the same however often the fact is told: receivers recognise a repetition by it.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Fact {
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
        /// What was seen.
        witnesses: Vec<Witness>,
    },
    /// A chatbot fails and stays routed, for too many are Offline already.
    OfflineHeld {
        /// Which.
        chatbot: Name,
        /// What was seen.
        witnesses: Vec<Witness>,
    },
    /// A component's version was published.
    ReleasePublished {
        /// Which.
        release: Release,
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
    /// The chatbot it is about.
    pub chatbot: Name,
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
    /// The message about the one chatbot that it concerns; none where the fact concerns many.
    #[must_use]
    pub fn announcement(&self) -> Option<Announcement> {
        let (kind, chatbot, audience, subject, text) = match &self.fact {
            Fact::ChatbotOnline { chatbot, was } => {
                let subject = match was {
                    Status::Offline => format!("{chatbot} is back online"),
                    Status::Unknown | Status::Online => format!("{chatbot} is online"),
                };
                let text = format!("{subject} since {}: its probes succeed and messages reach it.", self.at);
                ("chatbot-online", chatbot, Audience::Owners, subject, text)
            }
            Fact::ChatbotOffline { chatbot, witnesses } => {
                let subject = format!("{chatbot} is offline");
                let text = format!(
                    "{subject} since {}: {}. Messages no longer reach it. It is probed, and routed again once it answers.",
                    self.at,
                    told(witnesses),
                );
                ("chatbot-offline", chatbot, Audience::Owners, subject, text)
            }
            Fact::OfflineHeld { chatbot, witnesses } => {
                let subject = format!("{chatbot} fails and stays routed");
                let text = format!(
                    "{subject} at {}: {}. Too many chatbots are offline already, so the fault may be ours.",
                    self.at,
                    told(witnesses),
                );
                ("offline-held", chatbot, Audience::Administrators, subject, text)
            }
            Fact::ReleasePublished { .. } => return None,
        };
        Some(Announcement {
            id: self.id.clone(),
            kind,
            chatbot: chatbot.clone(),
            at: self.at,
            severity: None,
            subject,
            text,
            release: None,
            running: None,
            audience,
        })
    }

    /// The message to the owners of `chatbot` about a release, when it runs something older.
    #[must_use]
    pub fn announcement_to(&self, chatbot: &Chatbot) -> Option<Announcement> {
        let Fact::ReleasePublished { release } = &self.fact else { return None };
        let running = release.outdates(&chatbot.versions)?;
        let (name, component, version) = (&chatbot.name, &release.component, release.version.get());
        Some(Announcement {
            id: format!("{}:{name}", self.id),
            kind: "update-available",
            chatbot: name.clone(),
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

fn told(witnesses: &[Witness]) -> String {
    let mut told = String::new();
    for Witness { observer, counts } in witnesses {
        let separator = if told.is_empty() { "" } else { ", " };
        let who = match observer {
            Observer::Chatbot => "its own log".to_owned(),
            Observer::Dmr(name) => format!("DMR {name}"),
        };
        // Writing to a string cannot fail.
        let _ = write!(told, "{separator}{who} saw {} of {} fail", counts.failed, counts.total);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::Counts;

    fn event(fact: Fact) -> Event {
        Event { id: "e-1".into(), at: Timestamp::UNIX_EPOCH, fact }
    }

    fn bot() -> Name {
        "tax-board".parse().expect("a good name")
    }

    #[test]
    fn an_outage_says_who_saw_what() {
        let witness = |observer: &str, failed, total| Witness {
            observer: Observer::try_from(observer.to_owned()).expect("an observer"),
            counts: Counts { total, failed },
        };
        let witnesses = vec![witness("chatbot", 9, 10), witness("dmr:tallinn", 12, 12)];
        let told = event(Fact::ChatbotOffline { chatbot: bot(), witnesses }).announcement().expect("told");
        assert_eq!(told.kind, "chatbot-offline");
        assert_eq!(told.audience, Audience::Owners);
        assert!(told.text.contains("its own log saw 9 of 10 fail, DMR tallinn saw 12 of 12 fail"), "{}", told.text);
    }

    #[test]
    fn a_held_outage_is_the_administrators() {
        let told = event(Fact::OfflineHeld { chatbot: bot(), witnesses: vec![] }).announcement().expect("told");
        assert_eq!((told.kind, told.audience), ("offline-held", Audience::Administrators));
    }

    #[test]
    fn events_read_back_as_written() {
        let was = Status::Offline;
        let event = event(Fact::ChatbotOnline { chatbot: bot(), was });
        let text = serde_json::to_string(&event).expect("json");
        assert!(text.contains(r#""type":"chatbot-online""#), "{text}");
        assert_eq!(serde_json::from_str::<Event>(&text).expect("as written"), event);
    }
}
