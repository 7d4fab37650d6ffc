//! The update client: attacks by their names in the TUF specification, vectors, and the client against a real server.
#![expect(clippy::expect_used, clippy::panic, reason = "a failed setup must stop the test")]

mod attacks;
mod client;
mod fixture;
mod mirror;
mod rules;
mod server;
mod vectors;
