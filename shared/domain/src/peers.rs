//! The registry of DMRs and classifiers ("peers"). It decides which DMRs may have credentials; peers are neither probed
//! nor routed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{name::Name, uri::ChatbotUri},
    json::non_null,
};

/// The type of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeerKind {
    /// Routes messages.
    Dmr,
    /// Classifies messages by topic.
    Classifier,
}

impl PeerKind {
    /// Returns the type as stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dmr => "dmr",
            Self::Classifier => "classifier",
        }
    }
}

/// A registered peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Peer {
    /// The name, which is the key. No chatbot has the same name. It cannot change.
    pub name: Name,
    /// The URL at which it receives messages.
    pub host: ChatbotUri,
    /// The type. It cannot change.
    #[serde(rename = "type")]
    pub kind: PeerKind,
    /// The institution that owns it.
    pub institution: Name,
    /// False while it is disabled: clients do not receive it in lists, and the requests of a DMR are refused.
    pub active: bool,
    /// The time of the registration.
    pub created_at: Timestamp,
    /// The time of the last change.
    pub updated_at: Timestamp,
}

/// The status of a DMR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DmrStatus {
    /// Its requests are accepted.
    Active,
    /// Its requests are refused.
    Disabled,
}

impl From<bool> for DmrStatus {
    fn from(active: bool) -> Self {
        if active { Self::Active } else { Self::Disabled }
    }
}

/// A DMR as an administrator registers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDmr {
    /// The name, which is the key. It cannot change.
    pub name: Name,
    /// The URL at which it receives messages.
    pub uri: ChatbotUri,
    /// The institution that runs it.
    pub institution: Name,
}

impl NewDmr {
    /// Returns the active peer that is registered at `now`.
    #[must_use]
    pub fn register(self, now: Timestamp) -> Peer {
        let Self { name, uri: host, institution } = self;
        Peer { name, host, kind: PeerKind::Dmr, institution, active: true, created_at: now, updated_at: now }
    }
}

/// A partial update of a DMR: absent fields keep their values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DmrChange {
    /// The new address.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub uri: Option<ChatbotUri>,
    /// The new institution.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub institution: Option<Name>,
    /// The new status.
    #[serde(default, deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub status: Option<DmrStatus>,
}

impl DmrChange {
    /// Returns whether the update has no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns `peer` after the update at `now`.
    #[must_use]
    pub fn apply(&self, peer: Peer, now: Timestamp) -> Peer {
        let Self { uri, institution, status } = self.clone();
        Peer {
            host: uri.unwrap_or(peer.host),
            institution: institution.unwrap_or(peer.institution),
            active: status.map_or(peer.active, |status| status == DmrStatus::Active),
            updated_at: now,
            ..peer
        }
    }
}

/// A registered DMR as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisteredDmr {
    /// The name.
    pub name: Name,
    /// The URL at which it receives messages.
    pub uri: ChatbotUri,
    /// The institution that runs it.
    pub institution: Name,
    /// The status.
    pub status: DmrStatus,
    /// The time of the registration.
    pub created_at: Timestamp,
    /// The time of the last change.
    pub updated_at: Timestamp,
}

impl RegisteredDmr {
    /// Returns the DMR, or `None` if `peer` is of another type.
    #[must_use]
    pub fn from_peer(peer: Peer) -> Option<Self> {
        let Peer { name, host: uri, kind, institution, active, created_at, updated_at } = peer;
        let status = active.into();
        (kind == PeerKind::Dmr).then_some(Self { name, uri, institution, status, created_at, updated_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered() -> Peer {
        let new = r#"{"name":"tallinn","uri":"https://dmr.example.ee/messages","institution":"ria"}"#;
        serde_json::from_str::<NewDmr>(new).expect("a good DMR").register(Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn new_dmr_is_active_and_update_keeps_absent_fields() {
        let later = Timestamp::from_second(60).expect("a time");
        let change: DmrChange = serde_json::from_str(r#"{"status":"Disabled"}"#).expect("a good change");
        let disabled = change.apply(registered(), later);
        assert_eq!(disabled, Peer { active: false, updated_at: later, ..registered() });
        let change: DmrChange = serde_json::from_str(r#"{"institution":"smit"}"#).expect("a good change");
        let moved = change.apply(disabled, later);
        assert_eq!((moved.institution.as_str(), moved.active), ("smit", false));
        for bad in [r#"{"status":null}"#, r#"{"status":"disabled"}"#, r#"{"name":"tartu"}"#] {
            assert!(serde_json::from_str::<DmrChange>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn classifier_is_no_dmr() {
        assert!(RegisteredDmr::from_peer(registered()).is_some());
        assert_eq!(RegisteredDmr::from_peer(Peer { kind: PeerKind::Classifier, ..registered() }), None);
    }
}
