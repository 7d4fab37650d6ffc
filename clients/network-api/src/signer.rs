//! A signing key, for simulations and tests.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::signature::SignedBody;

/// A key cannot be generated or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key cannot be generated or used")]
pub struct SigningFailed;

/// A P-256 key that signs documents.
#[derive(Debug)]
pub struct Signer {
    pair: EcdsaKeyPair,
    key_id: String,
}

impl Signer {
    /// Generates a key. Its id is the JWK thumbprint (RFC 7638).
    ///
    /// # Errors
    /// Returns an error if the system has no randomness.
    pub fn new() -> Result<Self, SigningFailed> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| SigningFailed)?;
        let mut signer = Self { pair, key_id: String::new() };
        let (x, y) = signer.coordinates();
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        signer.key_id = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()));
        Ok(signer)
    }

    /// Returns the public key as in the response to `GET /keys`.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let (x, y) = self.coordinates();
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": self.key_id})
    }

    /// Returns the protected header of this key's signatures.
    #[must_use]
    pub fn protected_header(&self) -> Value {
        json!({"alg": "ES256", "kid": self.key_id, "b64": false, "crit": ["b64"]})
    }

    /// Signs a body. Returns the value of the header `Centops-Signature`.
    ///
    /// # Errors
    /// Returns an error if the key cannot sign.
    pub fn sign(&self, body: &[u8]) -> Result<String, SigningFailed> {
        self.sign_with_header(&self.protected_header(), body)
    }

    /// Signs a body under any protected header. Returns a detached JWS.
    ///
    /// # Errors
    /// Returns an error if the key cannot sign.
    pub fn sign_with_header(&self, header: &Value, body: &[u8]) -> Result<String, SigningFailed> {
        let (protected, signature) = self.sign_parts(header, body)?;
        Ok(format!("{protected}..{signature}"))
    }

    /// Signs a payload under any protected header. Returns a compact JWS.
    ///
    /// # Errors
    /// Returns an error if the key cannot sign.
    pub fn sign_compact(&self, header: &Value, payload: &Value) -> Result<String, SigningFailed> {
        let payload = BASE64_URL_SAFE_NO_PAD.encode(payload.to_string());
        let (protected, signature) = self.sign_parts(header, payload.as_bytes())?;
        Ok(format!("{protected}.{payload}.{signature}"))
    }

    /// Returns the encoded header, and the encoded signature of header, full stop and `content`.
    fn sign_parts(&self, header: &Value, content: &[u8]) -> Result<(String, String), SigningFailed> {
        let protected = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
        let input = [protected.as_bytes(), b".", content].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &input).map_err(|_| SigningFailed)?;
        Ok((protected, BASE64_URL_SAFE_NO_PAD.encode(signature)))
    }

    /// Returns the key id.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Signs a JSON body.
    ///
    /// # Errors
    /// Returns an error if the key cannot sign.
    pub fn sign_json(&self, body: &Value) -> Result<SignedBody, SigningFailed> {
        let body = body.to_string();
        Ok(SignedBody::new(self.sign(body.as_bytes())?, body.as_bytes()))
    }

    fn coordinates(&self) -> (String, String) {
        let point = self.pair.public_key().as_ref();
        // An uncompressed point: a prefix byte, then both coordinates of 32 bytes.
        let (x, y) = point.split_at_checked(33).unwrap_or_default();
        (BASE64_URL_SAFE_NO_PAD.encode(x.get(1..).unwrap_or_default()), BASE64_URL_SAFE_NO_PAD.encode(y))
    }
}
