//! Enrolments: the identity of a chatbot for notifications.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::chatbots::{chatbot::Chatbot, name::Name};

/// Identifies a chatbot: the name, and when it was enrolled. A name that is enrolled again is another chatbot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Enrolment {
    /// The name.
    pub name: Name,
    /// The time of the enrolment.
    pub enrolled_at: Timestamp,
}

impl From<&Chatbot> for Enrolment {
    fn from(chatbot: &Chatbot) -> Self {
        Self { name: chatbot.name.clone(), enrolled_at: chatbot.created_at }
    }
}

/// The present facts of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// When the chatbot that has the name was enrolled.
    pub enrolled_at: Timestamp,
    /// The institution that owns it.
    pub institution: Name,
}

impl From<&Chatbot> for Present {
    fn from(chatbot: &Chatbot) -> Self {
        Self { enrolled_at: chatbot.created_at, institution: chatbot.institution.clone() }
    }
}
