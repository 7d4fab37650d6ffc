//! The agent beside a real nginx.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

mod classification;
mod fixture;
mod poisoned;
mod restore;
#[path = "../support/mod.rs"]
mod support;
