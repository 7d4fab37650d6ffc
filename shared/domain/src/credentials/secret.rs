//! Secrets: the code of an invitation, and the secret part of an API key. Only the hash of a secret is stored.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// 256 random bits; as text 43 characters of base64url. Only [`Secret::reveal`] prints them.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Secret([u8; 32]);

/// A text that is not a [`Secret`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret has 43 characters of A-Z, a-z, 0-9, - and _")]
pub struct InvalidSecret;

impl Secret {
    /// Returns the secret with these random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// Returns the hash to store.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0).into())
    }

    /// Returns the secret as text.
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
        f.write_str("Secret(..)")
    }
}

/// The SHA-256 hash of a [`Secret`]. A secret has 256 random bits, so neither salt nor a slow hash is necessary.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Returns whether both hashes are equal, in constant time.
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
        f.write_str("SecretHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_round_trips_and_its_hash_is_sha_256() {
        let secret = Secret::new([0; 32]);
        assert_eq!(secret.reveal(), "A".repeat(43));
        let read = Secret::try_from(secret.reveal()).expect("as revealed");
        assert!(read.hash().matches(&secret.hash()));
        assert!(!Secret::new([1; 32]).hash().matches(&secret.hash()));
        // `head -c 32 /dev/zero | sha256sum`, in base64url.
        assert_eq!(String::from(secret.hash()), "Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU");
    }

    #[test]
    fn secret_has_one_spelling_and_debug_output_hides_it() {
        for bad in ["", "A", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43), &format!("{}B", "A".repeat(42))] {
            assert_eq!(Secret::try_from((*bad).to_owned()).err(), Some(InvalidSecret), "{bad}");
        }
        let secret = Secret::new([7; 32]);
        let printed = format!("{secret:?} {:?} {:?}", secret.hash(), serde_json::from_str::<Secret>("\"short\""));
        assert!(!printed.contains(&secret.reveal()) && !printed.contains(&String::from(secret.hash())), "{printed}");
    }
}
