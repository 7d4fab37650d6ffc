//! Manual control: an override of the automatic decisions.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{chatbots::name::Name, outages::OutageId, stamp::Stamp, text::Reason};

/// The mode of a manual control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlMode {
    /// Routed, whatever is observed.
    ForceOnline,
    /// Not routed, whatever probes find.
    ForceOffline,
    /// The current state is kept.
    Hold,
}

/// A manual control as requested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewControl {
    /// The mode.
    pub mode: ControlMode,
    /// The reason.
    pub reason: Reason,
    /// The time at which it ends automatically; without it, it lasts until ended.
    #[serde(default, deserialize_with = "crate::rfc3339::non_null")]
    pub until: Option<Timestamp>,
}

impl NewControl {
    /// Returns whether it would have ended at `now`.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        has_ended(self.until, now)
    }
}

/// The author of a manual control, with its kind: a person may have a `sub` that reads like a chatbot's text form.
///
/// As text, the `sub` of a person, `chatbot:<name>` or `outage:<id>`. A `sub` that starts with the prefix of a kind is written after
/// `person:`, so no two authors have one text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Author {
    /// A person: the `sub` claim of a token.
    Person(String),
    /// The chatbot itself.
    Chatbot(Name),
    /// A planned outage.
    Outage(OutageId),
}

const OUTAGE: &str = "outage:";
const CHATBOT: &str = "chatbot:";
const PERSON: &str = "person:";

fn has_prefix(subject: &str) -> bool {
    [CHATBOT, PERSON, OUTAGE].iter().any(|prefix| subject.starts_with(prefix))
}

impl From<String> for Author {
    fn from(text: String) -> Self {
        if let Some(name) = text.strip_prefix(CHATBOT).and_then(|name| name.parse().ok()) {
            return Self::Chatbot(name);
        }
        if let Some(id) = text.strip_prefix(OUTAGE).and_then(|id| id.parse().ok()) {
            return Self::Outage(id);
        }
        match text.strip_prefix(PERSON) {
            Some(subject) if has_prefix(subject) => Self::Person(subject.to_owned()),
            _ => Self::Person(text),
        }
    }
}

impl From<Author> for String {
    fn from(author: Author) -> Self {
        match author {
            Author::Chatbot(name) => format!("{CHATBOT}{name}"),
            Author::Outage(id) => format!("{OUTAGE}{id}"),
            Author::Person(subject) if has_prefix(&subject) => format!("{PERSON}{subject}"),
            Author::Person(subject) => subject,
        }
    }
}

/// A manual control. While it lasts, nothing changes automatically.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// The mode.
    pub mode: ControlMode,
    /// The reason.
    pub reason: Reason,
    /// The author.
    pub by: Author,
    /// The time of setting.
    #[serde(with = "crate::stamp")]
    pub since: Timestamp,
    /// The time at which it ends automatically.
    pub until: Option<Stamp>,
}

impl Control {
    /// Returns the control `new`, set by the person `subject` at `now`.
    #[must_use]
    pub fn new(new: NewControl, subject: String, now: Timestamp) -> Self {
        let NewControl { mode, reason, until } = new;
        let until = until.map(|until| Stamp(crate::stamp::milliseconds(until)));
        Self { mode, reason, by: Author::Person(subject), since: now, until }
    }

    /// Returns the control by which the chatbot `name` takes itself out of routing at `now`, until it ends the
    /// control.
    #[must_use]
    pub fn by_chatbot(name: &Name, reason: Reason, now: Timestamp) -> Self {
        Self { mode: ControlMode::ForceOffline, reason, by: Author::Chatbot(name.clone()), since: now, until: None }
    }

    /// Returns the control by which the planned outage `id` takes a chatbot out of routing from `now` until `until`.
    #[must_use]
    pub fn by_outage(id: OutageId, reason: Reason, until: Timestamp, now: Timestamp) -> Self {
        let until = Some(Stamp(crate::stamp::milliseconds(until)));
        Self { mode: ControlMode::ForceOffline, reason, by: Author::Outage(id), since: now, until }
    }

    /// Returns whether the planned outage `id` set it.
    #[must_use]
    pub fn is_by_outage(&self, id: OutageId) -> bool {
        self.by == Author::Outage(id)
    }

    /// Returns whether the chatbot `name` set it.
    #[must_use]
    pub fn is_by_chatbot(&self, name: &Name) -> bool {
        matches!(&self.by, Author::Chatbot(author) if author == name)
    }

    /// Returns whether it has ended at `now`.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        has_ended(self.until.map(|Stamp(until)| until), now)
    }
}

fn has_ended(until: Option<Timestamp>, now: Timestamp) -> bool {
    until.is_some_and(|until| until <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().expect("a good name")
    }

    fn by(subject: &str) -> Control {
        let new = serde_json::from_str(r#"{"mode":"force-offline","reason":"r"}"#).expect("a control");
        Control::new(new, subject.to_owned(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn person_is_not_taken_for_a_chatbot() {
        let tax = name("tax-board");
        let reason = Reason::try_from("r".to_owned()).expect("a reason");
        let own = Control::by_chatbot(&tax, reason, Timestamp::UNIX_EPOCH);
        assert!(own.is_by_chatbot(&tax) && !own.is_by_chatbot(&name("police")));
        for subject in ["chatbot:tax-board", "person:chatbot:tax-board", "EE1"] {
            assert!(!by(subject).is_by_chatbot(&tax), "{subject}");
            let stored = serde_json::to_string(&by(subject)).expect("json");
            let read: Control = serde_json::from_str(&stored).expect("as written");
            assert!(read == by(subject) && !read.is_by_chatbot(&tax), "{stored}");
        }
    }

    #[test]
    fn author_has_one_text() {
        let outage = OutageId::new(Timestamp::UNIX_EPOCH, &[7; 10]);
        for (author, text) in [
            (Author::Chatbot(name("tax-board")), "chatbot:tax-board"),
            (Author::Person("EE60001019906".into()), "EE60001019906"),
            (Author::Person("chatbot:tax-board".into()), "person:chatbot:tax-board"),
            (Author::Person("person:EE1".into()), "person:person:EE1"),
            (Author::Outage(outage), "outage:00000000-0000-7707-8707-070707070707"),
            (Author::Person("outage:EE1".into()), "person:outage:EE1"),
        ] {
            assert_eq!((String::from(author.clone()).as_str(), Author::from(text.to_owned())), (text, author));
        }
        // Texts that were stored before the kind was kept.
        for old in ["chatbot:No Name", "person:EE1"] {
            assert_eq!(Author::from(old.to_owned()), Author::Person(old.to_owned()));
        }
    }
}
