//! Caller identity, from the authorizer's request: a bearer token on the Admin API, or a client certificate on the
//! Network API, whose chain the gateway has verified.

pub mod certificate;
mod http;
pub mod identity_token;
pub mod jwks;
pub mod provider;
pub mod rules;
pub mod token;
