//! The URL of a chatbot.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

/// The most bytes of a URL.
pub const MAX_URI_LENGTH: usize = 2048;

/// An absolute `http` or `https` URL without credentials and fragment, normalised (WHATWG URL). DMRs send messages to
/// it unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChatbotUri(Url);

/// The reason why a text is not a [`ChatbotUri`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUri {
    /// Longer than [`MAX_URI_LENGTH`].
    #[error("a uri has at most {MAX_URI_LENGTH} bytes")]
    TooLong,
    /// Not an absolute URL.
    #[error("not an absolute URL: {0}")]
    NotAbsolute(url::ParseError),
    /// A scheme other than `http` and `https`.
    #[error("the scheme of a uri is http or https")]
    Scheme,
    /// It has a user name or a password.
    #[error("a uri carries no user name and no password")]
    Credentials,
    /// It has a fragment.
    #[error("a uri has no fragment")]
    Fragment,
}

impl ChatbotUri {
    /// Returns the normalised URL as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Returns the URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Returns the URL of `path` on the same scheme, host and port.
    #[must_use]
    pub fn at_path(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        url.set_path(path);
        url.set_query(query);
        url
    }
}

impl TryFrom<String> for ChatbotUri {
    type Error = InvalidUri;

    fn try_from(text: String) -> Result<Self, InvalidUri> {
        if text.len() > MAX_URI_LENGTH {
            return Err(InvalidUri::TooLong);
        }
        let url = Url::parse(&text).map_err(InvalidUri::NotAbsolute)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(InvalidUri::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidUri::Credentials);
        }
        if url.fragment().is_some() {
            return Err(InvalidUri::Fragment);
        }
        // Percent-encoding can lengthen it.
        if url.as_str().len() > MAX_URI_LENGTH {
            return Err(InvalidUri::TooLong);
        }
        Ok(Self(url))
    }
}

impl FromStr for ChatbotUri {
    type Err = InvalidUri;

    fn from_str(text: &str) -> Result<Self, InvalidUri> {
        Self::try_from(text.to_owned())
    }
}

impl From<ChatbotUri> for String {
    fn from(uri: ChatbotUri) -> Self {
        uri.0.into()
    }
}

impl fmt::Display for ChatbotUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_url_with_port_path_and_query_is_accepted() {
        let uri: ChatbotUri = "https://bot.example.ee:8443/a/b?x=1".parse().expect("a good uri");
        assert_eq!(uri.as_str(), "https://bot.example.ee:8443/a/b?x=1");
        assert_eq!(uri.at_path("/health").as_str(), "https://bot.example.ee:8443/health");
        assert_eq!(uri.at_path("/health?deep=1").as_str(), "https://bot.example.ee:8443/health?deep=1");
    }

    #[test]
    fn invalid_uris_are_refused_with_their_reason() {
        use InvalidUri::{Credentials, Fragment, NotAbsolute, Scheme, TooLong};
        let kind = |text: &str| text.parse::<ChatbotUri>().expect_err(text);
        assert!(matches!(kind("/messages"), NotAbsolute(_)));
        assert!(matches!(kind("bot.example.ee"), NotAbsolute(_)));
        assert!(matches!(kind("https://"), NotAbsolute(_)));
        assert_eq!(kind("ftp://bot.example.ee/"), Scheme);
        assert_eq!(kind("javascript:alert(1)"), Scheme);
        assert_eq!(kind("https://me@bot.example.ee/"), Credentials);
        assert_eq!(kind("https://me:secret@bot.example.ee/"), Credentials);
        assert_eq!(kind("https://bot.example.ee/#top"), Fragment);
        assert_eq!(kind(&format!("https://bot.example.ee/{}", "x".repeat(MAX_URI_LENGTH))), TooLong);
        assert_eq!(kind(&format!("https://bot.example.ee/{}", "õ".repeat(1000))), TooLong);
    }
}
