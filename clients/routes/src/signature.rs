//! The signatures of CentOps: detached JWS (RFC 7515 appendix F) over the plain body (RFC 7797), ES256.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::{Refusal, Signed};

/// A set of keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidKeys {
    /// It is not a JSON Web Key Set.
    #[error("it is not a JSON Web Key Set: {0}")]
    Form(#[from] serde_json::Error),
    /// A key is not a point of P-256.
    #[error("key {0} is not a P-256 key")]
    Key(String),
    /// There is no key for ES256 in it.
    #[error("it has no key for ES256")]
    Empty,
}

/// Public keys of CentOps, by their ids.
#[derive(Clone, Debug, Default)]
pub struct Keys(BTreeMap<String, Key>);

#[derive(Clone, Debug)]
struct Key {
    jwk: Jwk,
    public: ParsedPublicKey,
}

/// A key as `GET /keys` has it.
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

/// The protected header. Other members than these say nothing to us.
#[derive(Deserialize)]
struct Protected {
    alg: String,
    kid: String,
    b64: bool,
    crit: Vec<String>,
}

impl Keys {
    /// The keys for ES256 of a JSON Web Key Set; keys of other kinds are left out.
    ///
    /// # Errors
    /// When it is no such set, a P-256 key in it is wrong, or none is left.
    pub fn from_jwks(json: &[u8]) -> Result<Self, InvalidKeys> {
        let set: KeySet<Jwk> = serde_json::from_slice(json)?;
        let mut keys = BTreeMap::new();
        for jwk in set.keys.into_iter().filter(|jwk| jwk.kty == "EC" && jwk.crv == "P-256") {
            let public = jwk.public().ok_or_else(|| InvalidKeys::Key(jwk.kid.clone()))?;
            keys.insert(jwk.kid.clone(), Key { jwk, public });
        }
        if keys.is_empty() { Err(InvalidKeys::Empty) } else { Ok(Self(keys)) }
    }

    /// The same as a JSON Web Key Set.
    #[must_use]
    pub fn to_jwks(&self) -> String {
        let keys: Vec<&Jwk> = self.0.values().map(|key| &key.jwk).collect();
        serde_json::json!({ "keys": keys }).to_string()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These of our keys, as far as they are here.
    pub(crate) fn only<'a>(&self, kids: impl Iterator<Item = &'a str>) -> Self {
        Self(kids.filter_map(|kid| self.0.get_key_value(kid)).map(|(id, key)| (id.clone(), key.clone())).collect())
    }

    /// Both; where an id is in both, `other`'s key.
    pub(crate) fn with(&self, other: &Self) -> Self {
        Self(self.0.iter().chain(&other.0).map(|(id, key)| (id.clone(), key.clone())).collect())
    }

    /// Checks that one of these keys signed just this body, and says which.
    ///
    /// # Errors
    /// When it is not signed, not in our form, by an unknown key, or the signature does not fit.
    pub fn verify(&self, signed: &Signed) -> Result<String, Refusal> {
        if signed.signature.is_empty() {
            return Err(Refusal::Unsigned);
        }
        let (protected, signature) = signed.signature.split_once("..").ok_or(Refusal::SignatureForm)?;
        let header = header(protected).ok_or(Refusal::SignatureForm)?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| Refusal::SignatureForm)?;
        let Some(key) = self.0.get(&header.kid) else { return Err(Refusal::UnknownKey(header.kid)) };
        let mut input = Context::new(&SHA256);
        input.update(protected.as_bytes());
        input.update(b".");
        input.update(&signed.body);
        key.public.verify_digest_sig(&input.finish(), &signature).map_err(|_| Refusal::Signature)?;
        Ok(header.kid)
    }
}

impl Jwk {
    fn public(&self) -> Option<ParsedPublicKey> {
        let mut point = vec![4];
        for part in [&self.x, &self.y] {
            point.extend(BASE64_URL_SAFE_NO_PAD.decode(part).ok().filter(|part| part.len() == 32)?);
        }
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).ok()
    }
}

/// The header, if it is of the one form that is accepted: no other algorithm, nothing else critical.
fn header(protected: &str) -> Option<Protected> {
    let json = BASE64_URL_SAFE_NO_PAD.decode(protected).ok()?;
    let header: Protected = serde_json::from_slice(&json).ok()?;
    (header.alg == "ES256" && !header.b64 && header.crit == ["b64"]).then_some(header)
}
