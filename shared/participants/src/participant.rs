//! Participants: the first generation's name for chatbots, DMRs and classifiers.

use centops_domain::{
    chatbot::{Chatbot, Status},
    name::Name,
    peer::{Peer, PeerKind},
    route::Route,
    uri::ChatbotUri,
};
use serde::{Deserialize, Serialize};

/// What a participant is. There is no other: a type that a client does not know fails its whole list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParticipantType {
    /// A chatbot.
    Chatbot,
    /// A message router.
    Dmr,
    /// Says what a message is about.
    Classifier,
}

impl ParticipantType {
    const ALL: [Self; 3] = [Self::Chatbot, Self::Dmr, Self::Classifier];

    /// As clients write it.
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

/// Whether a participant takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParticipantStatus {
    /// It does: of a chatbot, it is Online.
    Active,
    /// It does not.
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

/// A participant as clients read it. It never has a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// Its name: there is no other key.
    pub id: Name,
    /// Its name.
    pub name: Name,
    /// Where it takes messages.
    pub host: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ParticipantType,
    /// Whose it is.
    pub institution_id: Name,
    /// Whether it takes part.
    pub status: ParticipantStatus,
}

impl Participant {
    /// The participant that the chatbot with `route` is, which belongs to `institution`.
    #[must_use]
    pub fn of_route(route: &Route, institution: Name, hosts: Hosts) -> Self {
        Self {
            id: route.name.clone(),
            name: route.name.clone(),
            host: hosts.of(&route.uri),
            kind: ParticipantType::Chatbot,
            institution_id: institution,
            status: ParticipantStatus::Active,
        }
    }

    /// The participant that `chatbot` is.
    #[must_use]
    pub fn of_chatbot(chatbot: &Chatbot) -> Self {
        Self {
            id: chatbot.name.clone(),
            name: chatbot.name.clone(),
            host: Hosts::Whole.of(&chatbot.uri),
            kind: ParticipantType::Chatbot,
            institution_id: chatbot.institution.clone(),
            status: chatbot.status.into(),
        }
    }

    /// The participant that `peer` is.
    #[must_use]
    pub fn of_peer(peer: &Peer, hosts: Hosts) -> Self {
        Self {
            id: peer.name.clone(),
            name: peer.name.clone(),
            host: hosts.of(&peer.host),
            kind: peer.kind.into(),
            institution_id: peer.institution.clone(),
            status: peer.active.into(),
        }
    }
}

/// How addresses are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// As they stand: a DMR sends to them as they are.
    Whole,
    /// Host and port without a scheme, as proxies want them in their settings.
    HostAndPort,
}

impl Hosts {
    fn of(self, uri: &ChatbotUri) -> String {
        match (self, uri.url().host_str(), uri.url().port_or_known_default()) {
            (Self::HostAndPort, Some(host), Some(port)) => format!("{host}:{port}"),
            // An http or https address has both.
            _ => uri.as_str().to_owned(),
        }
    }
}

/// Which types a list has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Types(Vec<ParticipantType>);

impl Types {
    /// What `asked` asks for, as the first generation reads it: unknown words count for nothing, and where no
    /// known one is left every type is listed.
    pub fn asked<'a>(asked: impl IntoIterator<Item = &'a str>) -> Self {
        let asked: Vec<&str> = asked.into_iter().collect();
        Self(ParticipantType::ALL.into_iter().filter(|kind| asked.contains(&kind.as_str())).collect())
    }

    /// Whether the list has those of `kind`.
    #[must_use]
    pub fn has(&self, kind: ParticipantType) -> bool {
        self.0.is_empty() || self.0.contains(&kind)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn unknown_types_count_for_nothing_and_alone_the_filter_vanishes() {
        let has = |asked: &[&str]| {
            let types = Types::asked(asked.iter().copied());
            ParticipantType::ALL.map(|kind| types.has(kind))
        };
        assert_eq!(has(&[]), [true; 3]);
        assert_eq!(has(&["Dmr"]), [false, true, false]);
        assert_eq!(has(&["Dmr", "Chatbot", "Dmr"]), [true, true, false]);
        assert_eq!(has(&["Printer", "Classifier"]), [false, false, true]);
        for unknown in [&["dmr"][..], &["Unknown"], &["Printer", ""], &["1"]] {
            assert_eq!(has(unknown), [true; 3], "{unknown:?}");
        }
    }

    #[test]
    fn a_proxy_gets_host_and_port() {
        let host = |uri: &str, hosts: Hosts| hosts.of(&uri.parse().expect("a good uri"));
        for (uri, short) in [
            ("https://bot.example.ee/dmr-api/messages", "bot.example.ee:443"),
            ("http://bot.example.ee", "bot.example.ee:80"),
            ("https://bot.example.ee:8443/", "bot.example.ee:8443"),
            ("http://[2001:db8::1]:8080/x", "[2001:db8::1]:8080"),
        ] {
            assert_eq!(host(uri, Hosts::HostAndPort), short);
        }
        assert_eq!(host("https://bot.example.ee/a?b=c", Hosts::Whole), "https://bot.example.ee/a?b=c");
    }

    proptest! {
        #[test]
        fn every_filter_lists_something(asked in proptest::collection::vec(".{0,12}|Dmr|Chatbot|Classifier", 0..6)) {
            let types = Types::asked(asked.iter().map(String::as_str));
            prop_assert!(ParticipantType::ALL.into_iter().any(|kind| types.has(kind)));
            for kind in ParticipantType::ALL {
                let named = asked.iter().any(|word| word == kind.as_str());
                let any = ParticipantType::ALL.iter().any(|kind| asked.iter().any(|word| word == kind.as_str()));
                prop_assert_eq!(types.has(kind), named || !any);
            }
        }
    }
}
