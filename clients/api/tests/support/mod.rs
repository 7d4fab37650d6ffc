//! What tests of clients share: a small HTTP server, and samples of the contract's schemas.

#![allow(dead_code, reason = "no test uses all of it")]

pub mod contract;
pub mod samples;
pub mod server;
