//! Peers: the DMRs and classifiers that take part beside the chatbots, as an administrator registered them.
//! Nobody watches them, and nobody routes to them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chatbots::{name::Name, uri::ChatbotUri};

/// What a peer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PeerKind {
    /// Routes messages.
    Dmr,
    /// Says what a message is about.
    Classifier,
}

/// A registered peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Peer {
    /// The key. No chatbot has the same. Cannot change.
    pub name: Name,
    /// Where it takes messages.
    pub host: ChatbotUri,
    /// What it does. Cannot change.
    #[serde(rename = "type")]
    pub kind: PeerKind,
    /// Whose it is.
    pub institution: Name,
    /// Whether clients are told of it.
    pub active: bool,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
}
