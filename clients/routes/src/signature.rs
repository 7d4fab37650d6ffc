//! Signature verification: detached JWS (RFC 7515, appendix F) over the unencoded body (RFC 7797) with ES256.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::error::UpdateError;
use crate::protocol::SignedBody;

/// An error in a key set.
#[derive(Debug, thiserror::Error)]
pub enum InvalidKeys {
    /// The document is not a JSON Web Key Set (RFC 7517).
    #[error("not a JSON Web Key Set: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The coordinates of a key are not a point on the curve P-256.
    #[error("key {0} is not a point on P-256")]
    InvalidPoint(String),
    /// The set has no key for ES256.
    #[error("the key set has no key for ES256")]
    Empty,
}

/// Public keys of CentOps by key id.
#[derive(Clone, Debug, Default)]
pub struct Keys(BTreeMap<String, Key>);

#[derive(Clone, Debug)]
struct Key {
    jwk: Jwk,
    public: ParsedPublicKey,
}

/// A key as returned by `GET /keys`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
    #[serde(default)]
    kid: String,
}

#[derive(Deserialize)]
struct KeySet<T> {
    keys: Vec<T>,
}

/// The protected header of a JWS. Other members are ignored.
#[derive(Deserialize)]
struct Protected {
    alg: String,
    kid: String,
    b64: bool,
    crit: Vec<String>,
}

impl Keys {
    /// Parses the ES256 keys of a JSON Web Key Set and ignores keys of other types.
    ///
    /// # Errors
    /// Returns an error if the document is malformed, a P-256 key is invalid, or there is no key for ES256.
    pub fn from_jwks(json: &[u8]) -> Result<Self, InvalidKeys> {
        let set: KeySet<Jwk> = serde_json::from_slice(json)?;
        let mut keys = BTreeMap::new();
        for jwk in set.keys.into_iter().filter(|jwk| jwk.kty == "EC" && jwk.crv == "P-256") {
            let public = jwk.public_key().ok_or_else(|| InvalidKeys::InvalidPoint(jwk.kid.clone()))?;
            keys.insert(jwk.kid.clone(), Key { jwk, public });
        }
        if keys.is_empty() { Err(InvalidKeys::Empty) } else { Ok(Self(keys)) }
    }

    /// Returns the keys as a JSON Web Key Set.
    #[must_use]
    pub fn to_jwks(&self) -> String {
        let keys: Vec<&Jwk> = self.0.values().map(|key| &key.jwk).collect();
        serde_json::json!({ "keys": keys }).to_string()
    }

    /// Returns true if there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the keys with the given ids; ids without a key are ignored.
    pub(crate) fn subset<'a>(&self, kids: impl Iterator<Item = &'a str>) -> Self {
        Self(kids.filter_map(|kid| self.0.get_key_value(kid)).map(|(id, key)| (id.clone(), key.clone())).collect())
    }

    /// Returns the union of both sets. For an id in both, the key of `other` is used.
    pub(crate) fn union(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).map(|(id, key)| (id.clone(), key.clone())).collect())
    }

    /// Verifies the signature of a body and returns the id of the key that signed it.
    ///
    /// # Errors
    /// Returns an error if the signature is missing, has another form, names an unknown key, or does not match.
    pub fn verify(&self, signed: &SignedBody) -> Result<String, UpdateError> {
        if signed.signature.is_empty() {
            return Err(UpdateError::Unsigned);
        }
        let (protected, signature) = signed.signature.split_once("..").ok_or(UpdateError::SignatureFormat)?;
        let header = parse_header(protected).ok_or(UpdateError::SignatureFormat)?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| UpdateError::SignatureFormat)?;
        let Some(key) = self.0.get(&header.kid) else { return Err(UpdateError::UnknownKey(header.kid)) };
        let mut input = Context::new(&SHA256);
        input.update(protected.as_bytes());
        input.update(b".");
        input.update(&signed.body);
        key.public.verify_digest_sig(&input.finish(), &signature).map_err(|_| UpdateError::BadSignature)?;
        Ok(header.kid)
    }
}

impl Jwk {
    fn public_key(&self) -> Option<ParsedPublicKey> {
        // The prefix of an uncompressed point (SEC 1, section 2.3.3).
        let mut point = vec![4];
        for coordinate in [&self.x, &self.y] {
            point.extend(BASE64_URL_SAFE_NO_PAD.decode(coordinate).ok().filter(|bytes| bytes.len() == 32)?);
        }
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()
    }
}

/// Parses the protected header. Only one form is accepted: `ES256`, `b64` false, and `b64` alone in `crit`.
fn parse_header(protected: &str) -> Option<Protected> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(protected).ok()?;
    let header: Protected = serde_json::from_slice(&json).ok()?;
    (header.alg == "ES256" && !header.b64 && header.crit == ["b64"]).then_some(header)
}
