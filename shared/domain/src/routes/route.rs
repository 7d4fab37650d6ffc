//! Routes: the addresses of the chatbots that are Online.

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

/// The revision of the whole table: one more for each batch of changes, without gaps.
pub type Revision = u64;

/// The route to an Online chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The chatbot.
    pub name: Name,
    /// Its URL.
    pub uri: ChatbotUri,
    /// Its type.
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

/// The head of the table: its revision, time and size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The revision of the table.
    pub revision: Revision,
    /// The time of the revision; the Unix epoch before the first.
    #[serde(with = "stamp")]
    pub time: Timestamp,
    /// The number of routes, by which a client detects a truncated response.
    pub count: u64,
}

impl Head {
    /// The head of the empty table.
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
