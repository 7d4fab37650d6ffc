//! A history: the operations of several processes, with their times and their results.

use std::time::Instant;

use serde::Serialize;

/// A revision of the route table.
pub type Revision = u64;
/// Nanoseconds since the history began.
pub type Time = u64;

/// The clock of one history.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    /// Starts a clock at zero.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the history began.
    #[must_use]
    pub fn now(&self) -> Time {
        Time::try_from(self.0.elapsed().as_nanos()).unwrap_or(Time::MAX)
    }
}

/// A history: operations of several processes, in any order.
#[derive(Debug, Clone, Default, Serialize)]
pub struct History {
    /// The seed of its random choices.
    pub seed: u64,
    /// The operations; those of one process follow one another.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug, Clone, Serialize)]
pub struct Operation {
    /// The process that did it: a process does one at a time.
    pub process: usize,
    /// The time just before it was requested.
    pub invoked: Time,
    /// The time just after its response; none if no response shows its outcome.
    pub returned: Option<Time>,
    /// The operation itself.
    pub action: Action,
}

/// The effect of a write, or the result of a read.
#[derive(Debug, Clone, Serialize)]
pub enum Action {
    /// A write of one chatbot. If it did not return, it took effect at any later time, or never.
    Write {
        /// The name of the chatbot.
        name: String,
        /// The write.
        write: Write,
    },
    /// A read of one route.
    Route {
        /// The name of the chatbot.
        name: String,
        /// Its address, if it has a route.
        uri: Option<String>,
    },
    /// A read of the whole table.
    Whole {
        /// The revision of the table.
        revision: Revision,
        /// The number of routes according to the response.
        count: usize,
        /// The routes.
        routes: Vec<(String, String)>,
    },
    /// A read of the changes since the table that the process has.
    Delta {
        /// The revision that the process had.
        since: Revision,
        /// The revision that the changes lead to.
        revision: Revision,
        /// The number of routes at that revision, according to the response.
        count: usize,
        /// The names that changed; one without an address has no route any more.
        changes: Vec<(String, Option<String>)>,
    },
    /// A read of changes that the log does not have any more.
    Gone {
        /// The revision that the process had.
        since: Revision,
    },
    /// A read that showed that the table of the process is current.
    Unchanged {
        /// The revision that the process has.
        revision: Revision,
    },
}

/// A write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Write {
    /// Enrols a chatbot, which is not routed yet.
    Enrol {
        /// Its address.
        uri: String,
    },
    /// Brings it into routing.
    Online,
    /// Takes it out of routing.
    Offline,
    /// Changes its address.
    Move {
        /// Its new address.
        uri: String,
    },
    /// Removes the chatbot.
    Remove,
}
