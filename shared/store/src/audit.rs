//! The audit trail.
//!
//! The trail is a table of its own, so that IAM can let a function append to it and do nothing else. A record of a
//! change is written in the transaction of the change; a record of a refusal is written alone. Writing a record again
//! has no effect, because a record replaces nothing and its id follows from the request.

mod context;
pub mod keys;
mod query;
mod trail;

pub use context::AuditContext;
pub use query::AuditQuery;
pub use trail::Audit;

pub use crate::table::{InvalidPosition, Position};
