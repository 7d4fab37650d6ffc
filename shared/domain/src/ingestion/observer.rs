//! Observers of chatbots.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::chatbots::name::{InvalidName, Name};

/// An observer of a chatbot. As text `chatbot` or `dmr:<name>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Observer {
    /// The chatbot's own log.
    Chatbot,
    /// A DMR.
    Dmr(Name),
}

impl Observer {
    /// Returns the name of the DMR, if the observer is one.
    #[must_use]
    pub fn dmr(&self) -> Option<&Name> {
        match self {
            Self::Dmr(name) => Some(name),
            Self::Chatbot => None,
        }
    }
}

/// A text that is not an [`Observer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an observer")]
pub struct InvalidObserver;

impl TryFrom<String> for Observer {
    type Error = InvalidObserver;

    fn try_from(text: String) -> Result<Self, InvalidObserver> {
        match text.strip_prefix("dmr:") {
            Some(name) => name.parse().map(Self::Dmr).map_err(|_: InvalidName| InvalidObserver),
            None if text == "chatbot" => Ok(Self::Chatbot),
            None => Err(InvalidObserver),
        }
    }
}

impl From<Observer> for String {
    fn from(observer: Observer) -> Self {
        observer.to_string()
    }
}

impl fmt::Display for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chatbot => f.write_str("chatbot"),
            Self::Dmr(name) => write!(f, "dmr:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn observers_round_trip() {
        for text in ["chatbot", "dmr:tallinn"] {
            assert_eq!(Observer::try_from(text.to_owned()).map(String::from), Ok(text.to_owned()));
        }
        for bad in ["", "dmr", "dmr:", "dmr:A", "chatbot:ab"] {
            assert!(Observer::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
