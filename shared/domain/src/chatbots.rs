//! Chatbots: the enrolled chatbot and the types that describe it.

pub(crate) mod chatbot;
pub(crate) mod contact;
pub(crate) mod name;
pub(crate) mod networks;
pub(crate) mod uri;
pub(crate) mod versions;

pub use self::{
    chatbot::{Chatbot, ChatbotChange, ChatbotType, NewChatbot, Status, UnknownValue},
    contact::{Contact, InvalidContact},
    name::{InvalidName, Name},
    networks::AllowedNetworks,
    uri::{ChatbotUri, InvalidUri, MAX_URI_LENGTH, NOT_IN_URI},
    versions::{InvalidVersions, MAX_COMPONENTS, MAX_VERSION_LENGTH, Versions},
};
