//! The DynamoDB table of CentOps and its audit trail. Only this crate knows their keys and attributes.
//!
//! Guarantees for callers:
//! - A write that a caller requested takes the caller's [`audit::AuditContext`] and stores its audit record in the
//!   same transaction.
//! - A write that changes the route table is one transaction: the chatbot, its health, the change log, the revision
//!   and the event are stored together or not at all. Concurrent changes share a transaction (group commit).
//! - Every other write is a compare-and-set on the item's `version`.
//! - No read-modify-write is unguarded. Callers may retry any call.
//!
//! Layers, from the bottom; a file imports only from its own layer and the layers below it:
//!
//! | layer | module |
//! |---|---|
//! | key layout | [`keys`], [`audit::keys`] |
//! | get, put, query, transaction | `table` |
//! | audit records | [`audit`] |
//! | index by institution, index of due items | `members`, `due` |
//! | changes of the shared items: network, change log | `commit` |
//! | one module per area | [`chatbots`], [`health`], [`routes`], [`ingestion`], [`onboarding`], [`credentials`], [`peers`], [`institutions`], [`releases`], [`rollouts`], [`alerts`], [`notifications`], [`incidents`], [`outages`], [`reports`], [`session`], [`chat`], [`legacy`], [`restore`] |

pub mod alerts;
mod attributes;
pub mod audit;
pub mod chat;
pub mod chatbots;
mod commit;
pub mod credentials;
mod due;
mod error;
#[cfg(test)]
mod golden;
pub mod health;
pub mod incidents;
pub mod ingestion;
pub mod institutions;
pub mod keys;
pub mod legacy;
mod members;
pub mod notifications;
pub mod onboarding;
pub mod outages;
pub mod peers;
pub mod releases;
pub mod reports;
pub mod restore;
pub mod rollouts;
pub mod routes;
pub mod session;
mod store;
mod table;

pub use error::StoreError;
pub use store::Store;
pub use table::{Consistency, IfMatch, Page, UnknownConsistency, Versioned};

/// The most attempts of an unconditional change while others change the same items. Each failed attempt means that
/// another writer succeeded. At a few milliseconds an attempt, a call ends within a fraction of a second.
const ATTEMPTS: usize = 16;
