//! The enrolled chatbot.

use std::{collections::BTreeMap, str::FromStr};

use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

use crate::{contact::Contact, name::Name, route::Route, uri::ChatbotUri};

/// The most components a chatbot may run.
pub const MAX_COMPONENTS: usize = 64;
/// The most characters of a version.
pub const MAX_VERSION_LENGTH: usize = 64;

/// Component → the version of it that a chatbot runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<Name, Version>", into = "BTreeMap<Name, Version>")]
pub struct Versions(BTreeMap<Name, Version>);

/// More than a chatbot may report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVersions {
    /// More than [`MAX_COMPONENTS`].
    #[error("a chatbot runs at most {MAX_COMPONENTS} components")]
    TooMany,
    /// A version longer than [`MAX_VERSION_LENGTH`].
    #[error("a version has at most {MAX_VERSION_LENGTH} characters")]
    TooLong,
}

impl Versions {
    /// The version of `component` that runs, if it does.
    #[must_use]
    pub fn get(&self, component: &Name) -> Option<&Version> {
        self.0.get(component)
    }

    /// Each component with its version, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &Version)> {
        self.0.iter()
    }
}

impl TryFrom<BTreeMap<Name, Version>> for Versions {
    type Error = InvalidVersions;

    fn try_from(versions: BTreeMap<Name, Version>) -> Result<Self, InvalidVersions> {
        if versions.len() > MAX_COMPONENTS {
            return Err(InvalidVersions::TooMany);
        }
        if versions.values().any(|version| version.to_string().len() > MAX_VERSION_LENGTH) {
            return Err(InvalidVersions::TooLong);
        }
        Ok(Self(versions))
    }
}

impl From<Versions> for BTreeMap<Name, Version> {
    fn from(versions: Versions) -> Self {
        versions.0
    }
}

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
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub uri: Option<ChatbotUri>,
    /// The new type.
    #[serde(rename = "type", default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChatbotType>,
    /// The new institution.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub institution: Option<Name>,
    /// The new contact.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// The whole new map.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub versions: Option<Versions>,
}

/// A field that is present has a value: `null` is refused, so that it never passes for "unchanged".
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
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

    /// Its row in the route table: there is one while it is Online.
    #[must_use]
    pub fn route(&self) -> Option<Route> {
        (self.status == Status::Online).then(|| Route {
            name: self.name.clone(),
            uri: self.uri.clone(),
            kind: self.kind,
        })
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
    fn only_an_online_chatbot_is_routed() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(sample().route(), None);
        assert_eq!(sample().with_status(Status::Offline, now).route(), None);
        assert!(sample().with_status(Status::Online, now).route().is_some());
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

    #[test]
    fn versions_are_bounded_semver() {
        let parse = |text: &str| serde_json::from_str::<Versions>(text);
        assert!(parse(r#"{"ruuter":"1.2.3-rc.1"}"#).is_ok());
        assert!(parse(r#"{"ruuter":"1.2"}"#).is_err());
        assert!(parse(r#"{"Ruuter":"1.2.3"}"#).is_err());
        assert!(parse(&format!(r#"{{"ruuter":"1.2.3-{}"}}"#, "a".repeat(64))).is_err());
        let many: Vec<_> = (0..=MAX_COMPONENTS).map(|i| format!(r#""c-{i}":"1.0.0""#)).collect();
        assert!(parse(&format!("{{{}}}", many.join(","))).is_err());
    }
}
