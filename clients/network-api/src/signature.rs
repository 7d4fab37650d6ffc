//! Signature verification with ES256: detached JWS (RFC 7515, appendix F) over the unencoded body (RFC 7797), and
//! compact JWS with a `typ`.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The reason why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The body has no signature.
    #[error("the body is not signed: the header `Centops-Signature` is missing")]
    Unsigned,
    /// The signature does not have the form that is expected.
    #[error("the signature is not a JWS with ES256 in the expected form")]
    Format,
    /// No trusted key has the key id of the signature.
    #[error("the body is signed by key {0}, which is not trusted")]
    UnknownKey(String),
    /// The signature does not match: the body was changed or truncated, or another key signed it.
    #[error("the signature does not match the body")]
    Mismatch,
}

/// A body with its signature, as received. It is not verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBody {
    /// The value of the header `Centops-Signature`, a detached JWS. Empty if the header was missing.
    pub signature: String,
    /// The body as it was signed: without content encoding.
    pub body: Arc<[u8]>,
}

impl SignedBody {
    /// Combines a body with the signature that came with it.
    #[must_use]
    pub fn new(signature: impl Into<String>, body: impl Into<Arc<[u8]>>) -> Self {
        Self { signature: signature.into(), body: body.into() }
    }
}

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

/// The protected header of a detached JWS. Other members are ignored.
#[derive(Deserialize)]
struct DetachedHeader {
    alg: String,
    kid: String,
    b64: bool,
    crit: Vec<String>,
}

/// The protected header of a compact JWS. Other members are ignored, but for `crit` and `b64`, which refuse it.
#[derive(Deserialize)]
struct CompactHeader {
    alg: String,
    kid: String,
    typ: String,
    crit: Option<serde_json::Value>,
    b64: Option<serde_json::Value>,
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

    /// Returns whether a key has this id.
    #[must_use]
    pub fn contains(&self, key_id: &str) -> bool {
        self.0.contains_key(key_id)
    }

    /// Returns the keys with the given ids; ids without a key are ignored.
    #[must_use]
    pub fn subset<'a>(&self, kids: impl Iterator<Item = &'a str>) -> Self {
        Self(kids.filter_map(|kid| self.0.get_key_value(kid)).map(|(id, key)| (id.clone(), key.clone())).collect())
    }

    /// Returns the union of both sets. For an id in both, the key of `other` is used.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).map(|(id, key)| (id.clone(), key.clone())).collect())
    }

    /// Verifies the detached signature of a body and returns the id of the key that signed it.
    ///
    /// # Errors
    /// Returns an error if the signature is missing, has another form, names an unknown key, or does not match.
    pub fn verify(&self, signed: &SignedBody) -> Result<String, SignatureError> {
        if signed.signature.is_empty() {
            return Err(SignatureError::Unsigned);
        }
        let (protected, signature) = signed.signature.split_once("..").ok_or(SignatureError::Format)?;
        let header: DetachedHeader = parse_header(protected)?;
        // Only one form is accepted: `b64` false, and `b64` alone in `crit`.
        if header.alg != "ES256" || header.b64 || header.crit != ["b64"] {
            return Err(SignatureError::Format);
        }
        self.verify_parts(&header.kid, protected, &signed.body, signature)?;
        Ok(header.kid)
    }

    /// Verifies a compact JWS whose protected header has this `typ`. Returns the id of the key that signed it, and the
    /// decoded payload.
    ///
    /// # Errors
    /// Returns an error if the JWS has another form, names an unknown key, or its signature does not match.
    pub fn verify_compact(&self, jws: &str, typ: &str) -> Result<(String, Vec<u8>), SignatureError> {
        let (protected, rest) = jws.split_once('.').ok_or(SignatureError::Format)?;
        let (payload, signature) = rest.split_once('.').ok_or(SignatureError::Format)?;
        let header: CompactHeader = parse_header(protected)?;
        if header.alg != "ES256" || header.typ != typ || header.crit.is_some() || header.b64.is_some() {
            return Err(SignatureError::Format);
        }
        self.verify_parts(&header.kid, protected, payload.as_bytes(), signature)?;
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).map_err(|_| SignatureError::Format)?;
        Ok((header.kid, payload))
    }

    /// Verifies the signature of `protected`, a full stop and `content`.
    fn verify_parts(&self, kid: &str, protected: &str, content: &[u8], signature: &str) -> Result<(), SignatureError> {
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| SignatureError::Format)?;
        let key = self.0.get(kid).ok_or_else(|| SignatureError::UnknownKey(kid.to_owned()))?;
        let mut input = Context::new(&SHA256);
        input.update(protected.as_bytes());
        input.update(b".");
        input.update(content);
        key.public.verify_digest_sig(&input.finish(), &signature).map_err(|_| SignatureError::Mismatch)
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

/// Parses a protected header.
fn parse_header<T: DeserializeOwned>(protected: &str) -> Result<T, SignatureError> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(protected).map_err(|_| SignatureError::Format)?;
    serde_json::from_slice(&json).map_err(|_| SignatureError::Format)
}
