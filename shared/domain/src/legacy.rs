//! Peers of older clients: the DMRs and classifiers that an administrator registered. They are neither monitored nor
//! routed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chatbots::{name::Name, uri::ChatbotUri};

/// The type of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeerKind {
    /// Routes messages.
    Dmr,
    /// Classifies messages by topic.
    Classifier,
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
    /// True if clients receive it in lists.
    pub active: bool,
    /// The time of the registration.
    pub created_at: Timestamp,
    /// The time of the last change.
    pub updated_at: Timestamp,
}
