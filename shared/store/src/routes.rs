//! The route table as DMRs read it.
//!
//! A reader gets the head (revision, time, count), the changes since a revision from the change log, or the whole
//! table: from the newest snapshot and the change log, or else from the chatbots.

mod change_log;
mod lookup;
mod route_table;
mod snapshots;
mod stream;
mod subscriptions;

pub use change_log::MOST_REVISIONS;
pub use lookup::RouteLookup;
pub use snapshots::Snapshot;
pub use stream::parse_log_entry;
pub use subscriptions::RouteSubscription;
