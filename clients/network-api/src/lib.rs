//! Code that the Rust clients of CentOps share. Programs use `centops-routes` and `centops-updates` instead, which
//! export what they need of it.
//!
//! - [`signature`] verifies JWS signatures with ES256, detached and compact.
//! - [`transport`] sends HTTPS requests to the Network API, with limits of time and size.
//! - [`keys`] decides when the public keys of CentOps are fetched.
//! - [`mod@file`] replaces files atomically.
//! - `signer` signs, for simulations; only with the feature `simulation`.

pub mod file;
pub mod keys;
pub mod signature;
#[cfg(feature = "simulation")]
pub mod signer;
pub mod transport;

pub use keys::{KeyRefresh, KeySource};
pub use signature::{InvalidKeys, Keys, SignatureError, SignedBody};
pub use transport::{NetworkApi, NetworkApiOptions, TransportError};
