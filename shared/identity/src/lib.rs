//! Who calls, from what the gateway hands to the authorizer: a bearer token on the Admin API, a
//! verified client certificate on the Network API.

pub mod certificate;
pub mod keys;
pub mod rules;
pub mod token;
