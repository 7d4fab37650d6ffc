//! The account by which CentOps posts messages of its own: requests to the API of a room, and what it answers.

use serde::Deserialize;
use serde_json::Value;

/// The account of a room.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bot {
    /// The token that the API takes as a bearer token.
    pub(crate) token: String,
    /// The channel for incidents.
    pub(crate) incidents: String,
    /// The address of the API, without a slash at the end.
    #[serde(default)]
    pub(crate) address: String,
}

impl std::fmt::Debug for Bot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bot({})", self.incidents)
    }
}

impl Bot {
    /// Returns the token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Returns the channel for incidents.
    #[must_use]
    pub fn incidents(&self) -> &str {
        &self.incidents
    }
}

/// The method of a request to the API of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiMethod {
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
}

/// A request to the API of a room, with a JSON body. It is authenticated by the token of the [`Bot`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiRequest {
    /// The method.
    pub method: ApiMethod,
    /// The address.
    pub address: String,
    /// The body.
    pub body: Value,
}

/// The reason why a message was not posted or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPosted {
    /// The message or its thread cannot be changed any more.
    #[error("the message is gone, or cannot be changed any more")]
    Gone,
    /// Too many requests. A later one may be taken.
    #[error("the chat takes no more requests now")]
    TooMany,
    /// The API refused, with this status and word.
    #[error("the chat refused with {status} {word}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its word for the reason.
        word: String,
    },
}

/// Returns the first characters of the word of an error, without what is no part of such words.
pub(crate) fn word(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    text.chars().filter(|one| one.is_ascii_alphanumeric() || matches!(one, '_' | '.' | '-')).take(64).collect()
}
