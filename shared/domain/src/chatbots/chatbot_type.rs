//! The type of a chatbot.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::status::UnknownValue;

/// The kind of institution that owns a chatbot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatbotType {
    /// Owned by a ministry.
    Ministry,
    /// Owned by another institution.
    Institution,
}

impl ChatbotType {
    /// Returns the type as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ministry => "ministry",
            Self::Institution => "institution",
        }
    }
}

impl FromStr for ChatbotType {
    type Err = UnknownValue;

    fn from_str(text: &str) -> Result<Self, UnknownValue> {
        match text {
            "ministry" => Ok(Self::Ministry),
            "institution" => Ok(Self::Institution),
            _ => Err(UnknownValue),
        }
    }
}
