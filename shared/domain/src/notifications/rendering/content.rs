//! The content of a message, before it has words.

use jiff::Timestamp;
use url::Url;
use uuid::Uuid;

use crate::{chatbots::name::Name, incidents::network_cause::NetworkCause, notifications::entry::Entry};

/// The content of one message to one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageContent {
    /// The id of the message. Each attempt to deliver it has the same one.
    pub id: Uuid,
    /// The time of the message.
    pub at: Timestamp,
    /// The institution that is told; none for the administrators.
    pub institution: Option<Name>,
    /// The subjects. A message without entries refers to the console.
    pub entries: Vec<Entry>,
    /// The causes that outages in it have in common with outages of others.
    pub common_causes: Vec<NetworkCause>,
}

/// The addresses that a message links to. A message leaves an absent link out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The console.
    pub console: Option<Url>,
    /// The page on which the receiver ends the subscription.
    pub unsubscribe: Option<Url>,
}
