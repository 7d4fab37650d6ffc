//! The mutual-TLS edge of the local stack.
//!
//! On AWS, API Gateway's custom domain requires a client certificate, calls the authorizer, and invokes the function.
//! The emulator does not require client certificates. The edge does, and sends the same events and responses.

pub mod certificate;
pub mod event;
pub mod gateway;
pub mod lambda;
pub mod operations;
pub mod policy;
pub mod response;
pub mod server;
pub mod tls;
