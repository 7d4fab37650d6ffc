//! The published public keys: JSON Web Keys (RFC 7517).

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Serialize;

/// A JSON Web Key Set. Its first key is the signing key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Jwks {
    /// The signing key, then the next or former keys.
    pub keys: Vec<Jwk>,
}

/// One public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Jwk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    y: String,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    /// The key's thumbprint (RFC 7638, SHA-256, base64url).
    pub kid: String,
}

impl Jwk {
    /// Returns the key of an uncompressed P-256 point, `04 ‖ x ‖ y`, or `None` for other bytes.
    pub(crate) fn from_point(point: &[u8]) -> Option<Self> {
        let coordinates = point.strip_prefix(&[4]).filter(|coordinates| coordinates.len() == 64)?;
        let (x, y) = coordinates.split_at(32);
        let (x, y) = (BASE64_URL_SAFE_NO_PAD.encode(x), BASE64_URL_SAFE_NO_PAD.encode(y));
        // RFC 7638 requires these members in this order, without spaces.
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = BASE64_URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
        Some(Self { kty: "EC", crv: "P-256", x, y, usage: "sig", alg: "ES256", kid })
    }
}
