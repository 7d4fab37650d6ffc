//! Routes: the addresses of the chatbots that are Online.

use serde::{Deserialize, Serialize};

use crate::chatbots::{chatbot::Chatbot, chatbot_type::ChatbotType, name::Name, status::Status, uri::ChatbotUri};

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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

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
