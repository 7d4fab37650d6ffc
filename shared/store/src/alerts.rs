//! Events, and the subscriptions of those who receive alerts about them.

mod events;
mod list;
mod merge;
mod query;
mod subscriptions;

pub use crate::table::Position;
pub use events::{EVENT_ATTRIBUTE, EVENT_RETENTION, parse_event};
pub use query::EventQuery;
pub use subscriptions::Subscription;
