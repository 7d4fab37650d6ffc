//! Session tokens.

use crate::credentials::secret::{InvalidSecret, Secret, SecretHash};

/// The prefix of session tokens. A JWT begins otherwise, and scanners for leaked secrets find the prefix.
const PREFIX: &str = "centops_";

/// The secret of a session, as the cookie has it. Only [`SessionToken::reveal`] prints it.
#[derive(Clone, Debug)]
pub struct SessionToken(Secret);

impl SessionToken {
    /// Returns the token with these random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(Secret::new(random))
    }

    /// Returns whether `text` is meant as a session token, valid or not.
    #[must_use]
    pub fn is_meant_by(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// Parses a bearer token.
    ///
    /// # Errors
    /// When the text is not a session token.
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let secret = text.strip_prefix(PREFIX).ok_or(InvalidSecret)?;
        Secret::try_from(secret.to_owned()).map(Self)
    }

    /// Returns the hash to store.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        self.0.hash()
    }

    /// Returns the value of the cookie.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", self.0.reveal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_has_one_spelling_and_debug_output_hides_it() {
        let token = SessionToken::new([7; 32]);
        let text = token.reveal();
        assert!(SessionToken::is_meant_by(&text));
        assert!(SessionToken::parse(&text).expect("as revealed").hash().matches(&token.hash()));
        for bad in ["", "centops_", &text[1..], &format!("{text}A"), &text.replace("centops_", "CENTOPS_")] {
            assert_eq!(SessionToken::parse(bad).err(), Some(InvalidSecret), "{bad}");
        }
        assert!(!SessionToken::is_meant_by("eyJhbGciOi.e30.x"));
        assert!(!format!("{token:?}").contains(&text[8..]));
    }
}
