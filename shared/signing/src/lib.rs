//! Signatures of route tables: the holder of a stored table can prove later that CentOps made it.
//!
//! A signature is a detached JWS with an unencoded payload (RFC 7515 appendix F, RFC 7797) over the bytes of a response
//! body before compression. [`secret`] loads the keys, and other secrets. [`webhook`] signs the webhooks of notifications.

mod jwk;
pub mod secret;
mod signer;
pub mod webhook;

pub use jwk::{Jwk, Jwks};
pub use signer::{InvalidKeys, Signer, SignerUnavailable, SigningFailed, SigningSecret};

/// The response header that carries the signature.
pub const SIGNATURE_HEADER: &str = "centops-signature";
