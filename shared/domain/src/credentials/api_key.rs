//! API keys: what first- and third-generation clients send besides their certificate.
//!
//! A key is of one holder, as a certificate is, and lets in nobody but its holder's certificates. Its secret is
//! shown once; what is kept is a hash.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    chatbots::name::Name,
    credentials::{
        profile::Profile,
        secret::{Secret, SecretHash},
    },
};

/// The letters and digits of an id: 5 random bits each.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// The length of an id. With the secret's 43 characters and a dot a key has 50, the most that first-generation
/// clients take.
const ID_LENGTH: usize = 6;

/// Which of a holder's keys it is: six of `a–z` and `2–7`. No secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

/// A text that is no [`KeyId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of an API key has {ID_LENGTH} characters of a-z and 2-7")]
pub struct InvalidKeyId;

impl KeyId {
    /// The id of these random bytes.
    #[must_use]
    pub fn new(random: [u8; ID_LENGTH]) -> Self {
        let letter = |byte: u8| ALPHABET.get(usize::from(byte % 32)).copied().map_or('a', char::from);
        Self(random.into_iter().map(letter).collect())
    }

    /// As text.
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

/// A key as its holder has it: the id, and the secret that proves it. Nothing prints the secret but
/// [`ApiKeySecret::reveal`].
#[derive(Clone, Debug)]
pub struct ApiKeySecret {
    /// Which key it is.
    pub id: KeyId,
    code: Secret,
}

/// A text that is no API key. What it was is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an API key")]
pub struct InvalidApiKey;

impl ApiKeySecret {
    /// The key `id` with the secret of these random bytes.
    #[must_use]
    pub fn new(id: KeyId, random: [u8; 32]) -> Self {
        Self { id, code: Secret::new(random) }
    }

    /// What may be kept of it.
    #[must_use]
    pub fn hash(&self) -> SecretHash {
        self.code.hash()
    }

    /// As `X-Api-Key` has it: `<id>.<secret>`, 50 characters.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{}.{}", self.id, self.code.reveal())
    }

    /// The key in an `X-Api-Key`.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_header(value: &str) -> Result<Self, InvalidApiKey> {
        Self::split(value, '.')
    }

    /// The key in an `Authorization` that is nothing but the base64 of `<id>:<secret>`. A scheme before it is
    /// refused, as third-generation servers refuse it.
    ///
    /// # Errors
    /// When it is none.
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

/// What an administrator asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// What the holder is.
    pub profile: Profile,
    /// The holder's name.
    pub name: Name,
}

/// What CentOps keeps of a key, but for the hash of its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Which of the holder's keys it is.
    pub id: KeyId,
    /// What its holder is.
    pub profile: Profile,
    /// Its holder.
    pub name: Name,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Why it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_reason: Option<String>,
}

impl ApiKey {
    /// The key `id` of the holder in `new`, issued at `now`.
    #[must_use]
    pub fn issued(id: KeyId, new: NewApiKey, now: Timestamp) -> Self {
        let NewApiKey { profile, name } = new;
        Self { id, profile, name, issued_at: now, revoked_at: None, revocation_reason: None }
    }

    /// The same, revoked at `now`. One that was revoked before keeps its time and reason.
    #[must_use]
    pub fn revoked(mut self, reason: &str, now: Timestamp) -> Self {
        if self.revoked_at.is_none() {
            self.revoked_at = Some(now);
            self.revocation_reason = Some(reason.to_owned());
        }
        self
    }

    /// Until when the record is worth keeping; none while the key is good.
    #[must_use]
    pub fn retained_until(&self) -> Option<Timestamp> {
        /// As long as the audit of what was done with it.
        const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
        self.revoked_at.map(|at| at.checked_add(KEPT).unwrap_or(Timestamp::MAX))
    }
}

/// A key that was just issued: the only time that its secret is shown.
#[derive(Clone, Debug, Serialize)]
pub struct IssuedApiKey {
    /// What is kept.
    #[serde(flatten)]
    pub key: ApiKey,
    /// What the holder sends as `X-Api-Key`.
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
    fn a_key_is_as_long_as_first_generation_clients_take() {
        let text = secret().reveal();
        assert_eq!(text.len(), 50);
        assert!(text.starts_with("abz277."), "{text}");
    }

    #[test]
    fn a_key_is_never_printed() {
        let printed = format!("{:?} {:?}", secret(), secret().hash());
        let text = secret().reveal();
        let (_, code) = text.split_once('.').expect("two parts");
        assert!(!printed.contains(code) && !printed.contains(&String::from(secret().hash())), "{printed}");
    }

    #[test]
    fn an_authorization_is_the_base64_of_both_without_a_scheme() {
        let text = secret().reveal().replacen('.', ":", 1);
        let read = ApiKeySecret::from_authorization(&STANDARD.encode(&text)).expect("a key");
        assert!(read.hash().matches(&secret().hash()) && read.id == secret().id);
        for bad in [format!("Basic {}", STANDARD.encode(&text)), text, String::new(), STANDARD.encode([0xff; 50])] {
            assert_eq!(ApiKeySecret::from_authorization(&bad).err(), Some(InvalidApiKey), "{bad}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_repeated() {
        let good = secret().reveal();
        for bad in ["", ".", "abz277", &good.replace('.', ":"), &good.to_uppercase(), &format!("{good} "), &good[1..]] {
            assert_eq!(
                ApiKeySecret::from_header(bad).err().map(|error| error.to_string()),
                Some("not an API key".to_owned())
            );
        }
    }

    #[test]
    fn the_first_revocation_stands() {
        let new = NewApiKey { profile: Profile::Dmr, name: "tartu".parse().expect("a good name") };
        let key = ApiKey::issued(KeyId::new([1; 6]), new, Timestamp::UNIX_EPOCH);
        assert_eq!(key.retained_until(), None, "a good key is kept");
        let later = Timestamp::from_second(60).expect("a time");
        let revoked = key.revoked("lost", Timestamp::UNIX_EPOCH);
        assert_eq!(revoked.clone().revoked("again", later), revoked);
        assert!(revoked.retained_until().is_some());
    }

    proptest! {
        #[test]
        fn every_key_reads_back(id: [u8; 6], random: [u8; 32]) {
            let secret = ApiKeySecret::new(KeyId::new(id), random);
            let read = ApiKeySecret::from_header(&secret.reveal()).expect("as revealed");
            prop_assert_eq!(&read.id, &secret.id);
            prop_assert!(read.hash().matches(&secret.hash()));
        }
    }
}
