//! Attempts to sign in. `OpenID` Connect Core 1.0, section 3.1, and the rules of TARA.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The most characters of a path to return to.
const MAX_PATH: usize = 512;

/// The secret of an attempt, which a cookie of the browser holds for five minutes. What is derived from it goes through
/// the identity provider and comes back: only the browser that began can finish, and only with the answer to its own
/// question.
#[derive(Clone)]
pub struct Attempt([u8; 32]);

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attempt(..)")
    }
}

/// A cookie that holds no attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cookie holds no attempt to sign in")]
pub struct InvalidAttempt;

impl Attempt {
    /// Returns the attempt with these random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// Parses the value of the cookie.
    ///
    /// # Errors
    /// When it is not 43 characters of base64url.
    pub fn parse(text: &str) -> Result<Self, InvalidAttempt> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidAttempt)?;
        bytes.try_into().map(Self).map_err(|_| InvalidAttempt)
    }

    /// Returns the value of the cookie.
    #[must_use]
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Returns the `state` of the request, 43 characters.
    #[must_use]
    pub fn state(&self) -> String {
        self.derived("state")
    }

    /// Returns the `nonce` of the request, 43 characters.
    #[must_use]
    pub fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// Returns the SHA-256 of the secret and a word. It does not tell the secret.
    fn derived(&self, word: &str) -> String {
        let digest = Sha256::new().chain_update(self.0).chain_update(word).finalize();
        URL_SAFE_NO_PAD.encode(digest)
    }
}

/// A path of the console to return to after signing in. It cannot lead to another host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReturnPath(String);

/// A text that is no path of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a path begins with one slash and has up to {MAX_PATH} printable characters without a backslash")]
pub struct InvalidPath;

impl Default for ReturnPath {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl ReturnPath {
    /// Returns the path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ReturnPath {
    type Error = InvalidPath;

    fn try_from(text: String) -> Result<Self, InvalidPath> {
        // Browsers take a backslash for a slash, and leave out tabs and line breaks, so `/\t/host` is another host.
        let is_printable = text.chars().all(|one| one.is_ascii_graphic() && one != '\\');
        let is_path = text.starts_with('/') && !text.starts_with("//");
        if is_path && is_printable && text.len() <= MAX_PATH { Ok(Self(text)) } else { Err(InvalidPath) }
    }
}

impl From<ReturnPath> for String {
    fn from(path: ReturnPath) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    #[test]
    fn state_and_nonce_differ_for_each_attempt_and_do_not_tell_it() {
        let (one, other) = (Attempt::new([1; 32]), Attempt::new([2; 32]));
        let all = [one.state(), one.nonce(), other.state(), other.nonce(), one.reveal(), other.reveal()];
        for (place, text) in all.iter().enumerate() {
            assert_eq!(text.len(), 43);
            assert!(!all[..place].contains(text));
        }
        assert_eq!(Attempt::parse(&one.reveal()).expect("as revealed").state(), one.state());
        for bad in ["", "A", &"A".repeat(44), "é"] {
            assert_eq!(Attempt::parse(bad).err(), Some(InvalidAttempt));
        }
        assert_eq!(format!("{one:?}"), "Attempt(..)");
    }

    #[test]
    fn path_to_another_host_is_refused() {
        for bad in [
            "",
            "chatbots",
            "//host",
            "///host",
            "/\\host",
            "\\\\host",
            "/\t/host",
            "/\n/host",
            "https://host",
            "javascript:x",
            "/ chatbots",
            "/chatbots\r\nSet-Cookie: a=b",
            &format!("/{}", "a".repeat(MAX_PATH)),
        ] {
            assert_eq!(ReturnPath::try_from(bad.to_owned()), Err(InvalidPath), "{bad:?}");
        }
        let good = ReturnPath::try_from("/chatbots?status=Offline&q=a%2Fb".to_owned()).expect("a path");
        assert_eq!(good.as_str(), "/chatbots?status=Offline&q=a%2Fb");
    }

    proptest! {
        /// The browser's own rules: a path that is accepted stays on the host.
        #[test]
        fn accepted_path_stays_on_its_origin(text in "[/\\\\a-z.:@?#\\t\\n ]{0,12}") {
            if let Ok(path) = ReturnPath::try_from(text) {
                let origin = Url::parse("https://console.example.ee").expect("a URL");
                let followed = origin.join(path.as_str()).expect("a URL");
                prop_assert_eq!(followed.host_str(), origin.host_str());
                prop_assert_eq!(followed.scheme(), "https");
            }
        }
    }
}
