//! The code that proves an invitation, in the letter only, or an API key. What is kept is its hash.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// 256 random bits, as 43 characters of base64url. Nothing prints it but [`Secret::reveal`].
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Secret([u8; 32]);

/// A text that is no [`Secret`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a code is the 43 letters, digits, - and _ of the letter")]
pub struct InvalidSecret;

impl Secret {
    /// The code of these random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// What may be kept of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0).into())
    }

    /// As the letter has it.
    #[must_use]
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl TryFrom<String> for Secret {
    type Error = InvalidSecret;

    fn try_from(text: String) -> Result<Self, InvalidSecret> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidSecret)?;
        bytes.try_into().map(Self).map_err(|_| InvalidSecret)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code")
    }
}

/// The SHA-256 of a [`Secret`]. A code has 256 random bits, so no salt and no slow hash is needed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Whether `other` is the same, in a time that does not tell how much of it is.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl TryFrom<String> for SecretHash {
    type Error = InvalidSecret;

    fn try_from(text: String) -> Result<Self, InvalidSecret> {
        Secret::try_from(text).map(|Secret(bytes)| Self(bytes))
    }
}

impl From<SecretHash> for String {
    fn from(hash: SecretHash) -> Self {
        URL_SAFE_NO_PAD.encode(hash.0)
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeHash")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_and_its_hash_is_sha_256() {
        let code = Secret::new([0; 32]);
        assert_eq!(code.reveal(), "A".repeat(43));
        let read = Secret::try_from(code.reveal()).expect("as revealed");
        assert!(read.hash().matches(&code.hash()));
        assert!(!Secret::new([1; 32]).hash().matches(&code.hash()));
        // `head -c 32 /dev/zero | sha256sum`, in base64url.
        assert_eq!(String::from(code.hash()), "Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU");
    }

    #[test]
    fn a_code_has_one_form_and_is_never_printed() {
        for bad in ["", "A", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43), &format!("{}B", "A".repeat(42))] {
            assert_eq!(Secret::try_from((*bad).to_owned()).err(), Some(InvalidSecret), "{bad}");
        }
        let code = Secret::new([7; 32]);
        let printed = format!("{code:?} {:?} {:?}", code.hash(), serde_json::from_str::<Secret>("\"short\""));
        assert!(!printed.contains(&code.reveal()) && !printed.contains(&String::from(code.hash())), "{printed}");
    }
}
