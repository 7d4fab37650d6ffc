//! API keys, which clients of the first and third generation send besides their certificate.
//!
//! A key belongs to one holder, as a certificate does, and is accepted only with a certificate of that holder. The
//! secret is shown once; only its hash is stored.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::name::Name,
    credentials::{
        profile::Profile,
        revocation::{retained_until, revoke},
        secret::{Secret, SecretHash},
    },
};

/// The alphabet of ids: 5 random bits per character.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// The length of an id. With a dot and the 43 characters of the secret a key has 50 characters, the most that
/// first-generation clients accept.
const ID_LENGTH: usize = 6;

/// The id of a key among those of its holder: six characters of `a–z` and `2–7`. It is not secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

/// A text that is not a [`KeyId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of an API key has {ID_LENGTH} characters of a-z and 2-7")]
pub struct InvalidKeyId;

impl KeyId {
    /// Returns the id for these random bytes.
    #[must_use]
    pub fn new(random: [u8; ID_LENGTH]) -> Self {
        let character = |byte: u8| ALPHABET.get(usize::from(byte % 32)).copied().map_or('a', char::from);
        Self(random.into_iter().map(character).collect())
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for KeyId {
    type Error = InvalidKeyId;

    fn try_from(text: String) -> Result<Self, InvalidKeyId> {
        let fits = text.len() == ID_LENGTH && text.bytes().all(|byte| ALPHABET.contains(&byte));
        if fits { Ok(Self(text)) } else { Err(InvalidKeyId) }
    }
}

impl FromStr for KeyId {
    type Err = InvalidKeyId;

    fn from_str(text: &str) -> Result<Self, InvalidKeyId> {
        Self::try_from(text.to_owned())
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An API key as its holder has it: the id and the secret. Only [`ApiKeySecret::reveal`] prints the secret.
#[derive(Clone, Debug)]
pub struct ApiKeySecret {
    /// The id of the key.
    pub id: KeyId,
    code: Secret,
}

/// A text that is not an API key. The error does not contain the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct InvalidApiKey;

impl ApiKeySecret {
    /// Returns the key `id` whose secret are these random bytes.
    #[must_use]
    pub fn new(id: KeyId, random: [u8; 32]) -> Self {
        Self { id, code: Secret::new(random) }
    }

    /// Returns the hash to store.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        self.code.hash()
    }

    /// Returns the value of the header `X-Api-Key`: `<id>.<secret>`, 50 characters.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.id, self.code.reveal())
    }

    /// Parses the value of a header `X-Api-Key`.
    ///
    /// # Errors
    /// Returned if the value is not an API key.
    pub fn from_header(value: &str) -> Result<Self, InvalidApiKey> {
        Self::split(value, '.')
    }

    /// Parses the value of a header `Authorization` that is the base64 of `<id>:<secret>`. A scheme is refused, as
    /// third-generation servers refuse it.
    ///
    /// # Errors
    /// Returned if the value is not an API key.
    pub fn from_authorization(value: &str) -> Result<Self, InvalidApiKey> {
        let bytes = STANDARD.decode(value).map_err(|_| InvalidApiKey)?;
        Self::split(std::str::from_utf8(&bytes).map_err(|_| InvalidApiKey)?, ':')
    }

    fn split(text: &str, between: char) -> Result<Self, InvalidApiKey> {
        let (id, secret) = text.split_once(between).ok_or(InvalidApiKey)?;
        let id = id.parse().map_err(|_| InvalidApiKey)?;
        let code = Secret::try_from(secret.to_owned()).map_err(|_| InvalidApiKey)?;
        Ok(Self { id, code })
    }
}

/// An API key as an administrator requests it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// The holder's profile.
    pub profile: Profile,
    /// The holder's name.
    pub name: Name,
}

/// The record of an API key, without the hash of its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// The id of the key among those of its holder.
    pub id: KeyId,
    /// The holder's profile.
    pub profile: Profile,
    /// The holder's name.
    pub name: Name,
    /// The enrolment that the key belongs to: the time at which its holder was enrolled or registered.
    pub enrolled_at: Timestamp,
    /// The time of issue.
    pub issued_at: Timestamp,
    /// The time of revocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// The reason of the revocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_reason: Option<String>,
}

impl ApiKey {
    /// Returns the record of the key `id` of the holder in `new`, which was enrolled at `enrolled_at`. It is issued at
    /// `now`.
    #[must_use]
    pub fn issued(id: KeyId, new: NewApiKey, enrolled_at: Timestamp, now: Timestamp) -> Self {
        let NewApiKey { profile, name } = new;
        Self { id, profile, name, enrolled_at, issued_at: now, revoked_at: None, revocation_reason: None }
    }

    /// Returns the record, revoked at `now`. An earlier revocation keeps its time and reason.
    #[must_use]
    pub fn revoked(mut self, reason: &str, now: Timestamp) -> Self {
        revoke(&mut self.revoked_at, &mut self.revocation_reason, reason, now);
        self
    }

    /// Returns the time until which the record is kept; none unless it is revoked.
    #[must_use]
    pub fn retained_until(&self) -> Option<Timestamp> {
        self.revoked_at.map(retained_until)
    }
}

/// A newly issued key. Its secret is shown only here.
#[derive(Clone, Debug, Serialize)]
pub struct IssuedApiKey {
    /// The record.
    #[serde(flatten)]
    pub key: ApiKey,
    /// The key, as the holder sends it in `X-Api-Key`.
    #[serde(rename = "apiKey")]
    pub secret: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret() -> ApiKeySecret {
        ApiKeySecret::new(KeyId::new([0, 1, 25, 26, 31, 255]), [7; 32])
    }

    #[test]
    fn key_has_50_characters() {
        let text = secret().reveal();
        assert_eq!(text.len(), 50);
        assert!(text.starts_with("abz277."), "{text}");
    }

    #[test]
    fn debug_output_hides_secret_and_hash() {
        let printed = format!("{:?} {:?}", secret(), secret().hash());
        let text = secret().reveal();
        let (_, code) = text.split_once('.').expect("two parts");
        assert!(!printed.contains(code) && !printed.contains(&String::from(secret().hash())), "{printed}");
    }

    #[test]
    fn authorization_is_base64_without_a_scheme() {
        let text = secret().reveal().replacen('.', ":", 1);
        let read = ApiKeySecret::from_authorization(&STANDARD.encode(&text)).expect("a key");
        assert!(read.hash().matches(&secret().hash()) && read.id == secret().id);
        for bad in [format!("Basic {}", STANDARD.encode(&text)), text, String::new(), STANDARD.encode([0xff; 50])] {
            assert_eq!(ApiKeySecret::from_authorization(&bad).err(), Some(InvalidApiKey), "{bad}");
        }
    }

    #[test]
    fn malformed_keys_are_refused_without_repeating_them() {
        let good = secret().reveal();
        for bad in ["", ".", "abz277", &good.replace('.', ":"), &good.to_uppercase(), &format!("{good} "), &good[1..]] {
            assert_eq!(
                ApiKeySecret::from_header(bad).err().map(|error| error.to_string()),
                Some("not an API key".to_owned())
            );
        }
    }

    #[test]
    fn first_revocation_is_kept() {
        let new = NewApiKey { profile: Profile::Dmr, name: "tartu".parse().expect("a good name") };
        let key = ApiKey::issued(KeyId::new([1; 6]), new, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        assert_eq!(key.retained_until(), None, "a good key is kept");
        let later = Timestamp::from_second(60).expect("a time");
        let revoked = key.revoked("lost", Timestamp::UNIX_EPOCH);
        assert_eq!(revoked.clone().revoked("again", later), revoked);
        assert!(revoked.retained_until().is_some());
    }

    proptest! {
        #[test]
        fn keys_round_trip(id: [u8; 6], random: [u8; 32]) {
            let secret = ApiKeySecret::new(KeyId::new(id), random);
            let read = ApiKeySecret::from_header(&secret.reveal()).expect("as revealed");
            prop_assert_eq!(&read.id, &secret.id);
            prop_assert!(read.hash().matches(&secret.hash()));
        }
    }
}
