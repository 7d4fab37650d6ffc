//! Participants: the first generation's term for chatbots, DMRs and classifiers, and their JSON form.

use centops_domain::{
    chatbots::{Chatbot, ChatbotUri, Name, Status},
    peers::{Peer, PeerKind},
    routes::Route,
};
use serde::{Deserialize, Serialize};

/// The type of a participant. There must be no other: clients drop a whole list that contains an unknown type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParticipantType {
    /// A chatbot.
    Chatbot,
    /// A message router.
    Dmr,
    /// A service that classifies messages.
    Classifier,
}

impl ParticipantType {
    /// All types.
    pub const ALL: [Self; 3] = [Self::Chatbot, Self::Dmr, Self::Classifier];

    /// Returns the name that clients use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chatbot => "Chatbot",
            Self::Dmr => "Dmr",
            Self::Classifier => "Classifier",
        }
    }
}

impl From<PeerKind> for ParticipantType {
    fn from(kind: PeerKind) -> Self {
        match kind {
            PeerKind::Dmr => Self::Dmr,
            PeerKind::Classifier => Self::Classifier,
        }
    }
}

/// The status of a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParticipantStatus {
    /// The participant takes part in routing. A chatbot is Online.
    Active,
    /// The participant does not take part in routing.
    Disabled,
}

impl From<bool> for ParticipantStatus {
    fn from(active: bool) -> Self {
        if active { Self::Active } else { Self::Disabled }
    }
}

impl From<Status> for ParticipantStatus {
    fn from(status: Status) -> Self {
        (status == Status::Online).into()
    }
}

/// A participant as clients read it. It never contains a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// The name, which is also the id.
    pub id: Name,
    /// The name.
    pub name: Name,
    /// The address that accepts messages.
    pub host: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: ParticipantType,
    /// The owning institution.
    pub institution_id: Name,
    /// The status.
    pub status: ParticipantStatus,
}

impl Participant {
    /// Returns the participant for the chatbot with `route`, owned by `institution`.
    #[must_use]
    pub fn from_route(route: &Route, institution: Name, format: HostFormat) -> Self {
        Self {
            id: route.name.clone(),
            name: route.name.clone(),
            host: format.apply(&route.uri),
            kind: ParticipantType::Chatbot,
            institution_id: institution,
            status: ParticipantStatus::Active,
        }
    }

    /// Returns the participant for `chatbot`.
    #[must_use]
    pub fn from_chatbot(chatbot: &Chatbot) -> Self {
        Self {
            id: chatbot.name.clone(),
            name: chatbot.name.clone(),
            host: HostFormat::Uri.apply(&chatbot.uri),
            kind: ParticipantType::Chatbot,
            institution_id: chatbot.institution.clone(),
            status: chatbot.status.into(),
        }
    }

    /// Returns the participant for `peer`.
    #[must_use]
    pub fn from_peer(peer: &Peer, format: HostFormat) -> Self {
        Self {
            id: peer.name.clone(),
            name: peer.name.clone(),
            host: format.apply(&peer.host),
            kind: peer.kind.into(),
            institution_id: peer.institution.clone(),
            status: peer.active.into(),
        }
    }
}

/// The format of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostFormat {
    /// The URI as stored. DMRs send to it unchanged.
    Uri,
    /// Host and port without a scheme, as the settings of proxies require.
    HostAndPort,
}

impl HostFormat {
    fn apply(self, uri: &ChatbotUri) -> String {
        match (self, uri.url().host_str(), uri.url().port_or_known_default()) {
            (Self::HostAndPort, Some(host), Some(port)) => format!("{host}:{port}"),
            // The first arm matches every http and https address.
            _ => uri.as_str().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_addresses_as_uri_or_host_and_port() {
        let host = |uri: &str, format: HostFormat| format.apply(&uri.parse().expect("a good uri"));
        for (uri, short) in [
            ("https://bot.example.ee/dmr-api/messages", "bot.example.ee:443"),
            ("http://bot.example.ee", "bot.example.ee:80"),
            ("https://bot.example.ee:8443/", "bot.example.ee:8443"),
            ("http://[2001:db8::1]:8080/x", "[2001:db8::1]:8080"),
        ] {
            assert_eq!(host(uri, HostFormat::HostAndPort), short);
        }
        assert_eq!(host("https://bot.example.ee/a?b=c", HostFormat::Uri), "https://bot.example.ee/a?b=c");
    }
}
