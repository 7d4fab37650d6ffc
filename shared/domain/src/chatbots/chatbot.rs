//! The enrolled chatbot.

use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{contact::Contact, name::Name, uri::ChatbotUri, versions::Versions},
    json::non_null,
};

/// Whose chatbot it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatbotType {
    /// A ministry's.
    Ministry,
    /// Another institution's.
    Institution,
}

/// Whether DMRs may send messages to a chatbot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Enrolled, and not yet seen healthy. Not routed.
    Unknown,
    /// Healthy: routed.
    Online,
    /// Its circuit is open: not routed, probed.
    Offline,
}

/// A text that is no [`ChatbotType`] and no [`Status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of the known values")]
pub struct UnknownValue;

impl ChatbotType {
    /// As text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ministry => "ministry",
            Self::Institution => "institution",
        }
    }
}

impl FromStr for ChatbotType {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "ministry" => Ok(Self::Ministry),
            "institution" => Ok(Self::Institution),
            _ => Err(UnknownValue),
        }
    }
}

impl FromStr for Status {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "Unknown" => Ok(Self::Unknown),
            "Online" => Ok(Self::Online),
            "Offline" => Ok(Self::Offline),
            _ => Err(UnknownValue),
        }
    }
}

/// What an administrator enrols.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewChatbot {
    /// The key. Cannot change.
    pub name: Name,
    /// Where DMRs send messages.
    pub uri: ChatbotUri,
    /// Whose it is.
    #[serde(rename = "type")]
    pub kind: ChatbotType,
    /// The institution that owns it.
    pub institution: Name,
    /// The owner's e-mail address.
    pub contact: Contact,
    /// What it runs, where that is known.
    #[serde(default)]
    pub versions: Versions,
}

/// A change of some fields; the others keep their values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatbotChange {
    /// The new address.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub uri: Option<ChatbotUri>,
    /// The new type.
    #[serde(rename = "type", default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChatbotType>,
    /// The new institution.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub institution: Option<Name>,
    /// The new contact.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// The whole new map.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub versions: Option<Versions>,
}

impl ChatbotChange {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An enrolled chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chatbot {
    /// The key.
    pub name: Name,
    /// Where DMRs send messages.
    pub uri: ChatbotUri,
    /// Whose it is.
    #[serde(rename = "type")]
    pub kind: ChatbotType,
    /// The institution that owns it.
    pub institution: Name,
    /// The owner's e-mail address.
    pub contact: Contact,
    /// What it runs, as last reported.
    pub versions: Versions,
    /// Whether it is routed.
    pub status: Status,
    /// Since when it has that status.
    pub status_since: Timestamp,
    /// When it was enrolled.
    pub created_at: Timestamp,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
}

impl Chatbot {
    /// A chatbot enrolled at `now`: Unknown until its probes succeed.
    #[must_use]
    pub fn enrol(new: NewChatbot, now: Timestamp) -> Self {
        let NewChatbot { name, uri, kind, institution, contact, versions } = new;
        Self {
            name,
            uri,
            kind,
            institution,
            contact,
            versions,
            status: Status::Unknown,
            status_since: now,
            created_at: now,
            updated_at: now,
        }
    }

    /// The chatbot after `change` at `now`.
    #[must_use]
    pub fn changed(&self, change: ChatbotChange, now: Timestamp) -> Self {
        let ChatbotChange { uri, kind, institution, contact, versions } = change;
        let old = self.clone();
        Self {
            uri: uri.unwrap_or(old.uri),
            kind: kind.unwrap_or(old.kind),
            institution: institution.unwrap_or(old.institution),
            contact: contact.unwrap_or(old.contact),
            versions: versions.unwrap_or(old.versions),
            updated_at: now,
            ..old
        }
    }

    /// The chatbot with `status` from `now` on.
    #[must_use]
    pub fn with_status(&self, status: Status, now: Timestamp) -> Self {
        Self { status, status_since: now, updated_at: now, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Chatbot {
        let new = serde_json::json!({
            "name": "tax-board", "uri": "https://bot.example.ee/", "type": "institution",
            "institution": "tax-and-customs", "contact": "owner@example.ee",
        });
        Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let change = serde_json::from_str(r#"{"contact":"new@example.ee"}"#).expect("a good change");
        let later = Timestamp::from_second(60).expect("a time");
        let changed = sample().changed(change, later);
        assert_eq!(changed.contact.as_str(), "new@example.ee");
        assert_eq!(changed.updated_at, later);
        let back = Chatbot { contact: sample().contact, updated_at: sample().updated_at, ..changed };
        assert_eq!(back, sample());
    }

    #[test]
    fn null_and_unknown_fields_are_refused() {
        assert!(serde_json::from_str::<ChatbotChange>(r#"{"uri":null}"#).is_err());
        assert!(serde_json::from_str::<ChatbotChange>(r#"{"url":"https://bot.example.ee"}"#).is_err());
        assert!(serde_json::from_str::<ChatbotChange>("{}").expect("well-formed").is_empty());
    }
}
