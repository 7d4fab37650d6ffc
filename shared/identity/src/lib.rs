//! Caller identity, from the authorizer's request: a bearer token on the Admin API, or a client certificate on the
//! Network API, whose chain the gateway has verified.

pub mod certificate;
pub mod jwks;
pub mod rules;
pub mod token;
