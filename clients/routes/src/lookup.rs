//! Lookups in a table of known age.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::protocol::Route;
use crate::table::RouteTable;

/// The result of a lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The chatbot has a route: forward the message.
    Found(Arc<Route>),
    /// The table is valid and has no route to the chatbot: it is not enrolled, or not Online.
    NoRoute,
    /// The table is older than `max_age` and is used for no chatbot.
    Expired,
    /// No table was received yet.
    NoTable,
}

/// A table with the time of its last confirmation. Immutable and shared by readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmedTable {
    /// The table.
    pub table: Arc<RouteTable>,
    /// The time at which this revision was fetched.
    pub fetched_at: Timestamp,
    /// The time at which CentOps last confirmed that this revision is the newest.
    pub confirmed_at: Timestamp,
}

impl ConfirmedTable {
    /// Returns the time since the last confirmation; zero if the clock was set back.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.confirmed_at).max(SignedDuration::ZERO)
    }

    /// Returns the route to a chatbot, or `Expired` if the table is older than `max_age`.
    #[must_use]
    pub fn lookup(&self, name: &str, max_age: SignedDuration, now: Timestamp) -> Lookup {
        if self.age(now) > max_age {
            return Lookup::Expired;
        }
        self.table.get(name).map_or(Lookup::NoRoute, |route| Lookup::Found(Arc::clone(route)))
    }
}
