//! The mutual-TLS edge of one machine.
//!
//! On AWS, API Gateway's custom domain asks each client for a certificate, calls the authorizer and then
//! the function. The emulator asks nobody, so this edge does it, with the same events and the same answers.

pub mod answer;
pub mod certificate;
pub mod contract;
pub mod event;
pub mod gateway;
pub mod lambda;
pub mod policy;
pub mod server;
pub mod tls;
