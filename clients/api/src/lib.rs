//! Client of CentOps' two APIs: one method for each operation of the contract.
//!
//! [`Client`] has a method for each operation. It returns a [`Call`], to which a query and preconditions are added, and
//! which is then sent. `tests/contract.rs` calls every method against a server that validates each request and each
//! answer against `openapi.yaml`, and fails for an operation without a method.
//!
//! Answers that a program computes with are typed ([`types`]). All others are [`serde_json::Value`]: a program that
//! shows or passes on what the server said must not drop a field that is newer than the program. The operations table
//! ([`contract`]) and the schemas ([`schema`]) are generated from `openapi.yaml` when the crate is built.

mod call;
mod client;
pub mod contract;
mod error;
mod operations;
mod retry;
pub mod schema;
pub mod types;

pub use call::{Answer, Call, Reply};
pub use client::{Client, Secret, Settings};
pub use error::{ClientError, FieldError, Problem, Refusal};
pub use operations::{METHODS, Method};
