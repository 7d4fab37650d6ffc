//! Events.

mod events;
mod list;
mod merge;
mod query;

pub use crate::table::Position;
pub use events::{EVENT_ATTRIBUTE, EVENT_RETENTION, chatbot_of_events, parse_event};
pub use query::EventQuery;
