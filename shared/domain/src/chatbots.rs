//! Chatbots: the enrolled chatbot and the types that describe it.

pub(crate) mod chatbot;
pub(crate) mod chatbot_type;
pub(crate) mod contact;
pub(crate) mod name;
pub(crate) mod networks;
pub(crate) mod status;
pub(crate) mod uri;
pub(crate) mod versions;

pub use self::{
    chatbot::{Chatbot, ChatbotChange, NewChatbot},
    chatbot_type::ChatbotType,
    contact::{Contact, InvalidContact},
    name::{InvalidName, Name},
    networks::AllowedNetworks,
    status::{Status, UnknownValue},
    uri::{ChatbotUri, InvalidUri, MAX_URI_LENGTH, NOT_IN_URI},
    versions::{InvalidVersions, MAX_COMPONENTS, MAX_VERSION_LENGTH, Versions},
};
