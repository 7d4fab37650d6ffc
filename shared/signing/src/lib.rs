//! Signed answers. Whoever keeps a route table can show later, without asking again, that CentOps made it.
//!
//! A signature is a detached JWS with an unencoded payload (RFC 7515 appendix F, RFC 7797) over the very
//! bytes of a body, before any compression. [`secret`] brings the keys.

mod jwk;
pub mod secret;

use aws_lc_rs::{
    digest::{Context, SHA256},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde::Deserialize;

pub use jwk::{Jwk, Jwks};

/// The header of an answer that carries its signature.
pub const HEADER: &str = "centops-signature";

/// A secret that holds no keys to sign with. No variant repeats what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeys {
    /// It has not the form.
    #[error("the secret is not {{\"keys\": [PEM, …]}}")]
    Form,
    /// The list is empty.
    #[error("the secret holds no key")]
    Empty,
    /// A key, counted from 1, is not PEM of PKCS#8.
    #[error("key {0} of the secret is not PEM of a PKCS#8 key (\"BEGIN PRIVATE KEY\")")]
    Pem(usize),
    /// A key, counted from 1, is of another kind.
    #[error("key {0} of the secret is not a P-256 key")]
    Curve(usize),
    /// A key, counted from 1, is in the list already.
    #[error("key {0} of the secret is in it twice")]
    Repeated(usize),
}

/// A body could not be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body could not be signed")]
pub struct Unsigned;

/// Signs with the first key of a secret, and publishes all of them.
pub struct Signer {
    key: EcdsaKeyPair,
    /// The signature's protected header, as it is signed.
    protected: String,
    jwks: Jwks,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("jwks", &self.jwks).finish_non_exhaustive()
    }
}

/// The value of the secret. It is never shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pems {
    keys: Vec<String>,
}

impl Signer {
    /// The signer of a secret's value, `{"keys": [PEM, …]}`: P-256 keys as PKCS#8.
    ///
    /// # Errors
    /// When it holds none to sign with, or one that is not of that form.
    pub fn from_secret(text: &str) -> Result<Self, InvalidKeys> {
        // The parser's error would repeat what it read.
        let Pems { keys: pems } = serde_json::from_str(text).map_err(|_| InvalidKeys::Form)?;
        let mut first = None;
        let mut keys: Vec<Jwk> = Vec::with_capacity(pems.len());
        for (place, pem) in (1..).zip(&pems) {
            let key = parse(pem, place)?;
            let jwk = Jwk::of_point(key.public_key().as_ref()).ok_or(InvalidKeys::Curve(place))?;
            if keys.contains(&jwk) {
                return Err(InvalidKeys::Repeated(place));
            }
            keys.push(jwk);
            first.get_or_insert(key);
        }
        let (Some(key), Some(jwk)) = (first, keys.first()) else { return Err(InvalidKeys::Empty) };
        let header = format!(r#"{{"alg":"ES256","kid":"{}","b64":false,"crit":["b64"]}}"#, jwk.kid);
        let protected = BASE64_URL_SAFE_NO_PAD.encode(header);
        Ok(Self { key, protected, jwks: Jwks { keys } })
    }

    /// The signature of `body`, the value of [`HEADER`]: `<protected>..<signature>`.
    ///
    /// The body is read where it is: what is hashed is never put together in memory.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn sign(&self, body: &[u8]) -> Result<String, Unsigned> {
        let mut hash = Context::new(&SHA256);
        hash.update(self.protected.as_bytes());
        hash.update(b".");
        hash.update(body);
        let signature = self.key.sign_digest(&hash.finish()).map_err(|_| Unsigned)?;
        Ok(format!("{}..{}", self.protected, BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The public keys, the one that signs first.
    #[must_use]
    pub fn jwks(&self) -> &Jwks {
        &self.jwks
    }
}

fn parse(pem: &str, place: usize) -> Result<EcdsaKeyPair, InvalidKeys> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| InvalidKeys::Pem(place))?;
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.secret_pkcs8_der())
        .map_err(|_| InvalidKeys::Curve(place))
}
