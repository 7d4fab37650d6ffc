//! Measures the bootstraps of the functions, and compares the figures with their bars.
//!
//! A bootstrap runs as Lambda runs it: as a process that asks the [`runtime_api`] for events. The [`table`] is a
//! `DynamoDB` on `SQLite`; [`tls_proxy`] is a TLS server in front of it. Each is a process of its own. [`figures`] has
//! one module for each part that can be measured alone.

pub mod bench;
pub mod bootstraps;
pub mod child;
pub mod client;
pub mod error;
pub mod etcd;
pub mod event;
pub mod fault_proxy;
pub mod figures;
pub mod report;
pub mod response;
pub mod runtime_api;
pub mod server;
pub mod table;
pub mod timing_proxy;
pub mod tls_proxy;
