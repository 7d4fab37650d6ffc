//! Events, and the subscriptions of those who receive alerts about them.

mod events;
mod subscriptions;

pub use events::{EVENT_ATTRIBUTE, parse_event};
pub use subscriptions::Subscription;
