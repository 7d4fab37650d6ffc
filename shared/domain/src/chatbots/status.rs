//! The status of a chatbot.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The status of a chatbot: whether DMRs may send messages to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Enrolled, and no probe has succeeded yet. Not routed.
    Unknown,
    /// Healthy and routed.
    Online,
    /// The circuit is open: probed, not routed.
    Offline,
}

/// A text that is neither a [`ChatbotType`](super::ChatbotType) nor a [`Status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of the known values")]
pub struct UnknownValue;

impl FromStr for Status {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "Unknown" => Ok(Self::Unknown),
            "Online" => Ok(Self::Online),
            "Offline" => Ok(Self::Offline),
            _ => Err(UnknownValue),
        }
    }
}
