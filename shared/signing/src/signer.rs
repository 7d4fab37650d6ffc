//! The signer: parses the keys of the secret and signs bodies.

use aws_lc_rs::{
    digest::{Context, SHA256},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde::Deserialize;

use crate::{
    jwk::{Jwk, Jwks},
    secret::{CachedSecret, FromSecret, SecretUnavailable},
};

/// The secret holds no usable keys. No variant contains the secret's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeys {
    /// The secret is not JSON of the expected form.
    #[error("the secret is not {{\"keys\": [PEM, …]}}")]
    Form,
    /// The list of keys is empty.
    #[error("the secret contains no key")]
    Empty,
    /// A key, counted from 1, is not PKCS#8 in PEM.
    #[error("key {0} of the secret is not a PKCS#8 key in PEM (\"BEGIN PRIVATE KEY\")")]
    Pem(usize),
    /// A key, counted from 1, is not on the curve P-256.
    #[error("key {0} of the secret is not a P-256 key")]
    Curve(usize),
    /// A key, counted from 1, repeats an earlier one.
    #[error("key {0} of the secret repeats an earlier key")]
    Repeated(usize),
}

/// The secret that holds the signing keys.
pub type SigningSecret = CachedSecret<Signer>;

/// No signing key is available.
pub type SignerUnavailable = SecretUnavailable<InvalidKeys>;

/// The cryptographic library failed to sign a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body could not be signed")]
pub struct SigningFailed;

/// Signs with the first key of a secret and publishes all of them.
pub struct Signer {
    key: EcdsaKeyPair,
    /// The protected header of the JWS, base64url-encoded.
    protected: String,
    jwks: Jwks,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("jwks", &self.jwks).finish_non_exhaustive()
    }
}

/// The JSON value of the secret. It has no `Debug`, so that no log contains it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretValue {
    keys: Vec<String>,
}

impl FromSecret for Signer {
    type Error = InvalidKeys;

    /// Parses the secret's text, `{"keys": [PEM, …]}` with P-256 keys in PKCS#8.
    ///
    /// # Errors
    /// When the text has another form, or contains no key or an unusable one.
    fn from_secret(text: &str) -> Result<Self, InvalidKeys> {
        // The parser's error is dropped, because it would contain a part of the secret.
        let SecretValue { keys: pems } = serde_json::from_str(text).map_err(|_| InvalidKeys::Form)?;
        let mut first = None;
        let mut keys: Vec<Jwk> = Vec::with_capacity(pems.len());
        for (number, pem) in (1..).zip(&pems) {
            let key = parse_key(pem, number)?;
            let jwk = Jwk::from_point(key.public_key().as_ref()).ok_or(InvalidKeys::Curve(number))?;
            if keys.contains(&jwk) {
                return Err(InvalidKeys::Repeated(number));
            }
            keys.push(jwk);
            first.get_or_insert(key);
        }
        let (Some(key), Some(jwk)) = (first, keys.first()) else { return Err(InvalidKeys::Empty) };
        let header = format!(r#"{{"alg":"ES256","kid":"{}","b64":false,"crit":["b64"]}}"#, jwk.kid);
        let protected = BASE64_URL_SAFE_NO_PAD.encode(header);
        Ok(Self { key, protected, jwks: Jwks { keys } })
    }
}

impl Signer {
    /// Returns whether the key that signs now made `signature`, which [`Signer::sign`] returned.
    #[must_use]
    pub fn made(&self, signature: &str) -> bool {
        signature.split_once("..").is_some_and(|(protected, _)| protected == self.protected)
    }

    /// Returns the signature of `body` for the [`SIGNATURE_HEADER`](crate::SIGNATURE_HEADER): `<protected>..<signature>`.
    ///
    /// The body is hashed in place, without a copy.
    ///
    /// # Errors
    /// When the cryptographic library fails.
    pub fn sign(&self, body: &[u8]) -> Result<String, SigningFailed> {
        let mut hash = Context::new(&SHA256);
        hash.update(self.protected.as_bytes());
        hash.update(b".");
        hash.update(body);
        let signature = self.key.sign_digest(&hash.finish()).map_err(|_| SigningFailed)?;
        Ok(format!("{}..{}", self.protected, BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Returns the public keys. The signing key is the first.
    #[must_use]
    pub fn jwks(&self) -> &Jwks {
        &self.jwks
    }
}

/// Parses the key with this number, counted from 1.
fn parse_key(pem: &str, number: usize) -> Result<EcdsaKeyPair, InvalidKeys> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| InvalidKeys::Pem(number))?;
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.secret_pkcs8_der())
        .map_err(|_| InvalidKeys::Curve(number))
}
