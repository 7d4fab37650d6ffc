//! The route table: where DMRs find the chatbots that are Online.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::{
        chatbot::{Chatbot, ChatbotType, Status},
        name::Name,
        uri::ChatbotUri,
    },
    stamp,
};

/// One number for the whole table: up by one with each batch of changes, never back, never a gap.
pub type Revision = u64;

/// Where an Online chatbot is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The chatbot.
    pub name: Name,
    /// Its address.
    pub uri: ChatbotUri,
    /// Whose it is.
    #[serde(rename = "type")]
    pub kind: ChatbotType,
}

impl From<&Chatbot> for Route {
    fn from(chatbot: &Chatbot) -> Self {
        Self { name: chatbot.name.clone(), uri: chatbot.uri.clone(), kind: chatbot.kind }
    }
}

impl Route {
    /// Returns the route to `chatbot`, or none unless it is Online.
    #[must_use]
    pub fn if_online(chatbot: &Chatbot) -> Option<Self> {
        (chatbot.status == Status::Online).then(|| chatbot.into())
    }
}

/// The table in three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The revision of the table.
    pub revision: Revision,
    /// When that revision was made; the start of Unix time before the first.
    #[serde(with = "stamp")]
    pub time: Timestamp,
    /// How many routes it has, so that a cut answer shows.
    pub count: u64,
}

impl Head {
    /// The table before its first route.
    pub const EMPTY: Self = Self { revision: 0, time: Timestamp::UNIX_EPOCH, count: 0 };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_online_chatbot_has_a_route() {
        let new = serde_json::json!({
            "name": "tax-board", "uri": "https://bot.example.ee/", "type": "institution",
            "institution": "tax-and-customs", "contact": "owner@example.ee",
        });
        let now = Timestamp::UNIX_EPOCH;
        let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a good chatbot"), now);
        assert_eq!(Route::if_online(&chatbot), None);
        assert_eq!(Route::if_online(&chatbot.with_status(Status::Offline, now)), None);
        let route = Route::if_online(&chatbot.with_status(Status::Online, now)).expect("a route");
        assert_eq!((route.name, route.uri, route.kind), (chatbot.name, chatbot.uri, chatbot.kind));
    }
}
