//! The URL of a chatbot.

use std::{fmt, str::FromStr};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use url::{Host, Position, Url};

/// The most bytes of a URL.
pub const MAX_URI_LENGTH: usize = 2048;

/// The characters of ASCII that a path, a query and a fragment may not contain (RFC 3986, sections 3.3 to 3.5). WHATWG URL
/// leaves some of them as they are: `|`, `^` and brackets in both, braces and backticks in queries.
pub const NOT_IN_URI: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// An absolute `http` or `https` URI (RFC 3986) without credentials and fragment, in normal form: WHATWG URL, and what
/// that leaves raw although RFC 3986 forbids it is percent-encoded. DMRs send messages to it unchanged.
///
/// It is encoded and not refused, because the normal form encodes a blank or a quote as well, and because addresses that
/// were stored before stay readable.
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
    /// The host has characters that RFC 3986 forbids, and that cannot be percent-encoded in a name of the DNS.
    #[error("the host of a uri is a DNS name or an IP address")]
    Host,
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
        encoded(url)
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
        if let Some(Host::Domain(name)) = url.host()
            && name.contains(['"', '`', '{', '}'])
        {
            return Err(InvalidUri::Host);
        }
        let url = encoded(url);
        // Percent-encoding can lengthen it.
        if url.as_str().len() > MAX_URI_LENGTH {
            return Err(InvalidUri::TooLong);
        }
        Ok(Self(url))
    }
}

/// Returns `url` with the path and the query that RFC 3986 permits.
fn encoded(url: Url) -> Url {
    let (start, rest) = url.as_str().split_at(url[..Position::BeforePath].len());
    let (mut text, mut parts) = (start.to_owned(), rest.split('%'));
    text.extend(parts.next().map(|part| utf8_percent_encode(part, NOT_IN_URI).to_string()));
    for part in parts {
        // A percent sign that encodes nothing is itself encoded.
        let is_encoding = part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
        text.push_str(if is_encoding { "%" } else { "%25" });
        text.extend(utf8_percent_encode(part, NOT_IN_URI));
    }
    // Nothing was added that cannot be parsed.
    Url::parse(&text).unwrap_or(url)
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
    fn characters_that_rfc_3986_forbids_are_percent_encoded() {
        for (text, normal) in [
            ("https://bot.example.ee/a|b", "https://bot.example.ee/a%7Cb"),
            ("https://bot.example.ee/a^b[c]", "https://bot.example.ee/a%5Eb%5Bc%5D"),
            ("https://bot.example.ee/?a={b}|`c`", "https://bot.example.ee/?a=%7Bb%7D%7C%60c%60"),
            ("https://bot.example.ee/?a=^[b]\\c", "https://bot.example.ee/?a=%5E%5Bb%5D%5Cc"),
            ("https://bot.example.ee/100%", "https://bot.example.ee/100%25"),
            ("https://bot.example.ee/%zz%7c%%41%4", "https://bot.example.ee/%25zz%7c%25%41%254"),
            ("https://bot.example.ee/?q=%õ", "https://bot.example.ee/?q=%25%C3%B5"),
            ("https://bot.example.ee/õ \"<>", "https://bot.example.ee/%C3%B5%20%22%3C%3E"),
            ("HTTPS://BOT.example.ee:443/a/../b", "https://bot.example.ee/b"),
            (" https:\\\\bot.example.ee\\a\tb", "https://bot.example.ee/ab"),
            ("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
            ("https://bot.example.ee/-._~!$&'()*+,;=:@/?a?/:@", "https://bot.example.ee/-._~!$&'()*+,;=:@/?a?/:@"),
        ] {
            let uri: ChatbotUri = text.parse().expect(text);
            assert_eq!(uri.as_str(), normal, "{text}");
            assert_eq!(uri.as_str().parse::<ChatbotUri>().as_ref(), Ok(&uri), "the normal form is its own");
        }
        let uri: ChatbotUri = "https://bot.example.ee/".parse().expect("a good uri");
        assert_eq!(uri.at_path("/a|b?c={d}").as_str(), "https://bot.example.ee/a%7Cb?c=%7Bd%7D");
    }

    #[test]
    fn invalid_uris_are_refused_with_their_reason() {
        use InvalidUri::{Credentials, Fragment, Host, NotAbsolute, Scheme, TooLong};
        let kind = |text: &str| text.parse::<ChatbotUri>().expect_err(text);
        assert!(matches!(kind("/messages"), NotAbsolute(_)));
        assert!(matches!(kind("bot.example.ee"), NotAbsolute(_)));
        assert!(matches!(kind("https://"), NotAbsolute(_)));
        assert_eq!(kind("ftp://bot.example.ee/"), Scheme);
        assert_eq!(kind("javascript:alert(1)"), Scheme);
        assert_eq!(kind("https://me@bot.example.ee/"), Credentials);
        assert_eq!(kind("https://me:secret@bot.example.ee/"), Credentials);
        assert_eq!(kind("https://bot.example.ee/#top"), Fragment);
        for host in ["{bot}.example.ee", "bot`.example.ee", "bot\".example.ee"] {
            assert_eq!(kind(&format!("https://{host}/")), Host);
        }
        assert!(matches!(kind("https://bot|.example.ee/"), NotAbsolute(_)));
        assert_eq!(kind(&format!("https://bot.example.ee/{}", "|".repeat(1000))), TooLong);
        assert_eq!(kind(&format!("https://bot.example.ee/{}", "x".repeat(MAX_URI_LENGTH))), TooLong);
        assert_eq!(kind(&format!("https://bot.example.ee/{}", "õ".repeat(1000))), TooLong);
    }
}
