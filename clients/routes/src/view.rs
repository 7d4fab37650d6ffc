//! What lookups see: a table, and since when nobody confirmed it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::{Refusal, Route, Table};

/// What a lookup says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The chatbot is routed: pass the message on.
    Found(Arc<Route>),
    /// The table is good and has no route to it: not enrolled, or not Online.
    Unknown,
    /// The table is older than `max_age`: it says nothing any more, about no chatbot.
    Expired,
    /// There was no table yet.
    NoTable,
}

/// One table and its age. It never changes; readers share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The table.
    pub table: Arc<Table>,
    /// When it was taken.
    pub fetched: Timestamp,
    /// When CentOps last said that it is the newest.
    pub confirmed: Timestamp,
}

impl View {
    /// How long nobody has confirmed the table. Nothing when the clock was set back.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.confirmed).max(SignedDuration::ZERO)
    }

    /// Where a chatbot is, by a table that is used up to `max_age`.
    #[must_use]
    pub fn lookup(&self, name: &str, max_age: SignedDuration, now: Timestamp) -> Lookup {
        if self.age(now) > max_age {
            return Lookup::Expired;
        }
        self.table.get(name).map_or(Lookup::Unknown, |route| Lookup::Found(Arc::clone(route)))
    }
}

/// How things stand: for a health page, a metric, an alarm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The revision of the table; none before the first.
    pub revision: Option<u64>,
    /// How many routes it has.
    pub count: usize,
    /// When CentOps made the revision.
    pub made: Option<Timestamp>,
    /// When it was taken.
    pub fetched: Option<Timestamp>,
    /// When CentOps last said that it is the newest.
    pub confirmed: Option<Timestamp>,
    /// How long ago that was.
    pub age: Option<SignedDuration>,
    /// Whether the table is too old to be used.
    pub expired: bool,
    /// What was refused last, if nothing was believed since.
    pub refused: Option<Refused>,
    /// Why CentOps could not be asked last time; none when it could.
    pub failure: Option<String>,
    /// Why the table cannot be kept on disk, or could not be read from there.
    pub file: Option<String>,
}

/// Answers that were refused, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why the last one was.
    pub why: Refusal,
    /// When the first one was.
    pub since: Timestamp,
    /// How many there were.
    pub times: u64,
}
