//! Validated fields of the requests that create and update participants.

use centops_domain::{
    chatbots::{ChatbotUri, Name},
    peers::PeerKind,
};
use serde::Deserialize;

use crate::participant::ParticipantType;

/// The error text for the status of a chatbot, which administrators cannot set.
pub(crate) const STATUS_FOLLOWS_HEALTH: &str =
    "the status of a chatbot follows its health: PUT /chatbots/{name}/control forces it";

/// The error text for an update of a chatbot that states another status than it has.
pub(crate) const STATUS_CHANGED: &str =
    "The chatbot has another status: it follows its health. Leave the status out, or read the chatbot again.";

/// A name of 4 to 50 characters.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Name")]
pub(crate) struct ParticipantName(pub(crate) Name);

/// An address of 5 to 100 characters.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "ChatbotUri")]
pub(crate) struct Host(pub(crate) ChatbotUri);

/// A field is shorter or longer than the first generation permits.
#[derive(Debug, thiserror::Error)]
#[error("a {field} of a participant has {min} to {max} characters")]
pub(crate) struct InvalidLength {
    field: &'static str,
    min: usize,
    max: usize,
}

impl InvalidLength {
    /// Checks `length` characters of `field`.
    fn check(field: &'static str, min: usize, max: usize, length: usize) -> Result<(), Self> {
        if (min..=max).contains(&length) { Ok(()) } else { Err(Self { field, min, max }) }
    }
}

impl TryFrom<Name> for ParticipantName {
    type Error = InvalidLength;

    fn try_from(name: Name) -> Result<Self, InvalidLength> {
        InvalidLength::check("name", 4, 50, name.as_str().len())?;
        Ok(Self(name))
    }
}

impl TryFrom<ChatbotUri> for Host {
    type Error = InvalidLength;

    fn try_from(uri: ChatbotUri) -> Result<Self, InvalidLength> {
        InvalidLength::check("host", 5, 100, uri.as_str().chars().count())?;
        Ok(Self(uri))
    }
}

/// Returns the kind of peer of a type, or `None` for a chatbot.
pub(crate) fn peer_kind(kind: ParticipantType) -> Option<PeerKind> {
    match kind {
        ParticipantType::Chatbot => None,
        ParticipantType::Dmr => Some(PeerKind::Dmr),
        ParticipantType::Classifier => Some(PeerKind::Classifier),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{create_participant::NewParticipant, update_participant::ParticipantUpdate};

    #[test]
    fn names_have_4_to_50_characters() {
        for (length, valid) in [(3, false), (4, true), (50, true), (51, false)] {
            let name: Name = "a".repeat(length).parse().expect("a name");
            assert_eq!(ParticipantName::try_from(name).is_ok(), valid, "{length}");
        }
        let error = ParticipantName::try_from("abc".parse::<Name>().expect("a name")).expect_err("too short");
        assert_eq!(error.to_string(), "a name of a participant has 4 to 50 characters");
    }

    #[test]
    fn hosts_have_at_most_100_characters() {
        let base = "https://bot.example.ee/";
        for (length, valid) in [(30, true), (100, true), (101, false)] {
            let uri: ChatbotUri = format!("{base}{}", "a".repeat(length - base.len())).parse().expect("a uri");
            assert_eq!(Host::try_from(uri).is_ok(), valid, "{length}");
        }
    }

    #[test]
    fn null_is_refused_in_each_field() {
        let body = serde_json::json!({
            "id": "tallinn", "name": "tallinn", "institutionId": "tax", "host": "https://dmr.example.ee/",
            "type": "Dmr", "status": "Active",
        });
        let reads = |body: &serde_json::Value| {
            let mut new = body.clone();
            new.as_object_mut().expect("an object").remove("id");
            let new = serde_json::from_value::<NewParticipant>(new);
            (new.is_ok(), serde_json::from_value::<ParticipantUpdate>(body.clone()).is_ok())
        };
        assert_eq!(reads(&body), (true, true));
        for field in body.as_object().expect("an object").keys() {
            let mut body = body.clone();
            body[field] = serde_json::Value::Null;
            assert_eq!(reads(&body), (field == "id", false), "{field}: only an update has an id");
        }
    }
}
