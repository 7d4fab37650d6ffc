//! Credentials of chatbots and DMRs: the certificates that CentOps issued, and the API keys.
//!
//! A credential is accepted only while its item is stored and not revoked.

mod api_keys;
mod certificates;
mod filter;

pub(crate) use certificates::certificate_item;

pub use filter::CredentialFilter;
