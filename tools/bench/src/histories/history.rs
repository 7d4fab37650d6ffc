//! What a history is made of: who asked for what, when, and what came of it.

use serde::Serialize;

/// A revision of the route table.
pub type Revision = u64;
/// Nanoseconds since the history began.
pub type Time = u64;

/// A history: operations of several processes, in any order.
#[derive(Debug, Clone, Default, Serialize)]
pub struct History {
    /// What its dice were thrown with.
    pub seed: u64,
    /// The operations; those of one process follow one another.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug, Clone, Serialize)]
pub struct Operation {
    /// Whose it is: a process has one at a time.
    pub process: usize,
    /// Just before it was asked for.
    pub invoked: Time,
    /// Just after its answer was in; none where there was no answer that tells.
    pub returned: Option<Time>,
    /// What it was.
    pub action: Action,
}

/// What an operation did, or read.
#[derive(Debug, Clone, Serialize)]
pub enum Action {
    /// A write of one chatbot. Where it did not return, it happened at any later time, or never.
    Write {
        /// The chatbot.
        name: String,
        /// What was asked for.
        write: Write,
    },
    /// A read of one route.
    Route {
        /// The chatbot.
        name: String,
        /// Its address, where it has a route.
        uri: Option<String>,
    },
    /// A read of the whole table.
    Whole {
        /// At which revision.
        revision: Revision,
        /// How many routes it says that it has.
        count: usize,
        /// The routes.
        routes: Vec<(String, String)>,
    },
    /// A read of what changed since the table that the process has.
    Delta {
        /// The revision that the process had.
        since: Revision,
        /// The revision that it leads to.
        revision: Revision,
        /// How many routes the table then has.
        count: usize,
        /// Each name that changed; without an address it is gone.
        changes: Vec<(String, Option<String>)>,
    },
    /// That the log does not lead from the revision that the process has.
    Gone {
        /// Which one.
        since: Revision,
    },
    /// That the table is still at the revision that the process has.
    Unchanged {
        /// Which one.
        revision: Revision,
    },
}

/// A write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Write {
    /// A chatbot that is not routed yet.
    Enrol {
        /// Its address.
        uri: String,
    },
    /// It is routed.
    Online,
    /// It is not routed.
    Offline,
    /// It has another address.
    Move {
        /// Its address.
        uri: String,
    },
    /// There is no such chatbot any more.
    Remove,
}
