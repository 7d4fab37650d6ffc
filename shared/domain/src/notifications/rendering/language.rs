//! The languages of messages.

use serde::{Deserialize, Serialize};

/// The language of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Estonian.
    #[default]
    Et,
    /// English.
    En,
}

impl Language {
    /// Returns the language as in JSON and HTML (BCP 47).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Et => "et",
            Self::En => "en",
        }
    }
}
