//! Signatures of route tables: the holder of a stored table can prove later that CentOps made it.
//!
//! A signature is a detached JWS with an unencoded payload (RFC 7515 appendix F, RFC 7797) over the bytes of a response
//! body before compression. [`secret`] loads the keys.

mod jwk;
pub mod secret;
mod signer;

pub use jwk::{Jwk, Jwks};
pub use signer::{InvalidKeys, Signer, SigningFailed};

/// The response header that carries the signature.
pub const SIGNATURE_HEADER: &str = "centops-signature";
