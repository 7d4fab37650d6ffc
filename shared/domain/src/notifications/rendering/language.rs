//! The languages of messages.

use std::str::FromStr;

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

/// A text that is not a [`Language`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("et or en")]
pub struct UnknownLanguage;

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

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        [Self::Et, Self::En].into_iter().find(|language| language.as_str() == text).ok_or(UnknownLanguage)
    }
}
