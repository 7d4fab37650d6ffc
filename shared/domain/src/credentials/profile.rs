//! The profiles of certificate holders.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{callers::Caller, chatbots::name::Name};

/// The profile of a certificate holder: the `OU` of the certificate's subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// A message router.
    Dmr,
    /// A chatbot.
    Chatbot,
}

/// A text that is not a [`Profile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a profile is dmr or chatbot")]
pub struct UnknownProfile;

impl Profile {
    /// Returns the profile as in the subject.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dmr => "dmr",
            Self::Chatbot => "chatbot",
        }
    }

    /// Returns the caller with this profile and `name`.
    #[must_use]
    pub fn caller(self, name: Name) -> Caller {
        match self {
            Self::Dmr => Caller::Dmr(name),
            Self::Chatbot => Caller::Chatbot(name),
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        match text {
            "dmr" => Ok(Self::Dmr),
            "chatbot" => Ok(Self::Chatbot),
            _ => Err(UnknownProfile),
        }
    }
}
