//! Measures the functions' bootstraps, and holds the figures against their bars.
//!
//! The bootstraps run as Lambda runs them: a process that asks the [`runtime_api`] for events. The
//! [`table`] is a `DynamoDB` on `SQLite` inside this process; [`tls`] puts a TLS server before it, in a
//! process of its own.

pub mod event;
pub mod figures;
pub mod report;
pub mod runtime_api;
pub mod table;
pub mod tls;
