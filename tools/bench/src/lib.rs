//! Measures the functions' bootstraps, and holds the figures against their bars.
//!
//! The bootstraps run as Lambda runs them: a process that asks the [`runtime_api`] for events. The
//! [`table`] is a `DynamoDB` on `SQLite`; [`tls`] puts a TLS server before it. Each is a process of its own.

pub mod answer;
pub mod changes;
pub mod child;
pub mod client;
pub mod etcd;
pub mod event;
pub mod faults;
pub mod figures;
pub mod histories;
pub mod outage;
pub mod polls;
pub mod report;
pub mod runtime_api;
pub mod scale;
pub mod stopwatch;
pub mod table;
pub mod tls;
