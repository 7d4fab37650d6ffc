//! The enrolled chatbot.

use std::collections::BTreeMap;

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{
        chatbot_type::ChatbotType,
        contact::{self, Contact},
        name::Name,
        status::Status,
        uri::ChatbotUri,
        versions::Versions,
    },
    health::standing::{CauseSummary, Standing},
    json::non_null,
};

/// A chatbot as an administrator enrols it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewChatbot {
    /// The name, which is the key. It cannot change.
    pub name: Name,
    /// The URL to which DMRs send messages.
    pub uri: ChatbotUri,
    /// The type.
    #[serde(rename = "type")]
    pub kind: ChatbotType,
    /// The institution that owns it.
    pub institution: Name,
    /// The owner's e-mail address.
    pub contact: Contact,
    /// The component versions, if known.
    #[serde(default)]
    pub versions: Versions,
}

/// A partial update: absent fields keep their values.
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
    /// The new versions, which replace the whole map.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub versions: Option<Versions>,
}

impl ChatbotChange {
    /// Returns whether the update has no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An enrolled chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chatbot {
    /// The name, which is the key.
    pub name: Name,
    /// The URL to which DMRs send messages.
    pub uri: ChatbotUri,
    /// The URL that replaces `uri` once it has passed its probes. The health has it too, and decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_uri: Option<ChatbotUri>,
    /// The type.
    #[serde(rename = "type")]
    pub kind: ChatbotType,
    /// The institution that owns it.
    pub institution: Name,
    /// The owner's e-mail address.
    #[serde(deserialize_with = "contact::stored")]
    pub contact: Contact,
    /// The component versions as last reported.
    pub versions: Versions,
    /// The time of the report that named the version first, by component. A component that is missing has run its version
    /// since the enrolment, or since before these times were stored.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions_since: BTreeMap<Name, Timestamp>,
    /// The status.
    pub status: Status,
    /// The time of the last change of the status.
    pub status_since: Timestamp,
    /// The time of the enrolment.
    pub created_at: Timestamp,
    /// The time of the last change.
    pub updated_at: Timestamp,
    /// Why it has its status. The health decides, and this is written with each decision.
    #[serde(flatten)]
    pub standing: Standing,
}

impl Chatbot {
    /// Returns a chatbot enrolled at `now`. Its status is Unknown until its probes succeed.
    #[must_use]
    pub fn enrol(new: NewChatbot, now: Timestamp) -> Self {
        let NewChatbot { name, uri, kind, institution, contact, versions } = new;
        Self {
            name,
            uri,
            pending_uri: None,
            kind,
            institution,
            contact,
            versions,
            versions_since: BTreeMap::new(),
            status: Status::Unknown,
            status_since: now,
            created_at: now,
            updated_at: now,
            standing: Standing { cause: Some(CauseSummary::Enrolled), ..Standing::default() },
        }
    }

    /// Returns the chatbot after `change` at `now`.
    #[must_use]
    pub fn changed(&self, change: ChatbotChange, now: Timestamp) -> Self {
        let ChatbotChange { uri, kind, institution, contact, versions } = change;
        let old = self.clone();
        let versions_since = versions.as_ref().map(|new| self.versions_since(new, now));
        Self {
            uri: uri.unwrap_or(old.uri),
            kind: kind.unwrap_or(old.kind),
            institution: institution.unwrap_or(old.institution),
            contact: contact.unwrap_or(old.contact),
            versions: versions.unwrap_or(old.versions),
            versions_since: versions_since.unwrap_or(old.versions_since),
            updated_at: now,
            ..old
        }
    }

    /// Returns the times of the versions `new`, which are reported at `now`: a version that stays keeps its time.
    fn versions_since(&self, new: &Versions, now: Timestamp) -> BTreeMap<Name, Timestamp> {
        let since = |(component, version): (&Name, &Version)| {
            let stays = self.versions.get(component) == Some(version);
            let since = if stays { self.versions_since.get(component).copied() } else { Some(now) };
            since.map(|since| (component.clone(), since))
        };
        new.iter().filter_map(since).collect()
    }

    /// Returns the chatbot with the address `uri` at `now`, and no pending one.
    #[must_use]
    pub fn with_address(&self, uri: ChatbotUri, now: Timestamp) -> Self {
        Self { uri, pending_uri: None, updated_at: now, ..self.clone() }
    }

    /// Returns the chatbot with `status` since `now`.
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
    fn partial_update_keeps_absent_fields() {
        let change = serde_json::from_str(r#"{"contact":"new@example.ee"}"#).expect("a good change");
        let later = Timestamp::from_second(60).expect("a time");
        let changed = sample().changed(change, later);
        assert_eq!(changed.contact.as_str(), "new@example.ee");
        assert_eq!(changed.updated_at, later);
        let back = Chatbot { contact: sample().contact, updated_at: sample().updated_at, ..changed };
        assert_eq!(back, sample());
    }

    #[test]
    fn version_has_the_time_of_its_first_report() {
        let at = |second| Timestamp::from_second(second).expect("a time");
        let report = |chatbot: &Chatbot, versions: serde_json::Value, second| {
            let change = serde_json::json!({ "versions": versions });
            chatbot.changed(serde_json::from_value(change).expect("a good change"), at(second))
        };
        let enrolled = Chatbot { versions: versions(serde_json::json!({"tim": "1.0.0"})), ..sample() };
        let first = report(&enrolled, serde_json::json!({"ruuter": "2.1.0", "tim": "1.0.0"}), 10);
        let second = report(&first, serde_json::json!({"ruuter": "2.1.0", "tim": "1.1.0"}), 20);
        let since = |chatbot: &Chatbot, component: &str| {
            chatbot.versions_since.get(&component.parse::<Name>().expect("a name")).copied()
        };
        assert_eq!((since(&first, "ruuter"), since(&first, "tim")), (Some(at(10)), None), "enrolled with it");
        assert_eq!((since(&second, "ruuter"), since(&second, "tim")), (Some(at(10)), Some(at(20))));
        let without = report(&second, serde_json::json!({"tim": "1.1.0"}), 30);
        assert_eq!((since(&without, "ruuter"), since(&without, "tim")), (None, Some(at(20))));
        let stored = serde_json::to_value(&enrolled).expect("JSON");
        assert_eq!(stored.get("versionsSince"), None);
        assert_eq!(serde_json::from_value::<Chatbot>(stored).expect("what was stored before"), enrolled);
    }

    fn versions(json: serde_json::Value) -> Versions {
        serde_json::from_value(json).expect("versions")
    }

    #[test]
    fn null_and_unknown_fields_are_refused() {
        assert!(serde_json::from_str::<ChatbotChange>(r#"{"uri":null}"#).is_err());
        assert!(serde_json::from_str::<ChatbotChange>(r#"{"url":"https://bot.example.ee"}"#).is_err());
        assert!(serde_json::from_str::<ChatbotChange>("{}").expect("well-formed").is_empty());
    }
}
