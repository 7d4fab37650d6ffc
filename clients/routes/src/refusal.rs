//! Why an answer of CentOps is not believed.

use jiff::{SignedDuration, Timestamp};

/// Why an answer was refused. The table that is there stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It came without a signature.
    #[error("it is not signed")]
    Unsigned,
    /// The signature is not a detached JWS of the form that CentOps uses.
    #[error("its signature is not a detached JWS with ES256 over the plain body")]
    SignatureForm,
    /// It is signed by a key that is not known.
    #[error("it is signed by key {0}, which is not known")]
    UnknownKey(String),
    /// The signature does not fit: the body was changed or cut, or somebody else signed it.
    #[error("its signature does not fit")]
    Signature,
    /// The body cannot be read.
    #[error("it cannot be read: {0}")]
    Malformed(String),
    /// A table or delta leads to another number of routes than it says.
    #[error("it says {said} routes and has {found}")]
    Count {
        /// The `count` of the body.
        said: usize,
        /// What there is.
        found: usize,
    },
    /// One name twice.
    #[error("it has {0} twice")]
    Duplicate(String),
    /// The routes are not in the order of their names.
    #[error("{0} is out of order")]
    Order(String),
    /// Pages of one table differ in revision, time or count, or one of them or a delta after them is missing.
    #[error("its parts are not those of one table")]
    Pages,
    /// It is older than what we have.
    #[error("its revision {theirs} is older than ours, {ours}")]
    WentBack {
        /// Our revision.
        ours: u64,
        /// Its revision.
        theirs: u64,
    },
    /// A delta that does not begin at our revision.
    #[error("it begins at revision {since}, ours is {ours}")]
    Gap {
        /// Our revision.
        ours: u64,
        /// Where it begins.
        since: u64,
    },
    /// A whole table that lacks too many of our routes, and no tombstone says why.
    #[error("it lacks {lost} of our {ours} routes without tombstones; refused until {until}")]
    Shrunk {
        /// How many routes we have.
        ours: usize,
        /// How many of them it lacks.
        lost: usize,
        /// From then on it is believed, if CentOps still says the same.
        until: Timestamp,
    },
    /// A whole table of our own revision with other routes.
    #[error("it has other routes than we have at the same revision {revision}; refused until {until}")]
    Differs {
        /// The revision of both.
        revision: u64,
        /// From then on it is believed, if CentOps still says the same.
        until: Timestamp,
    },
}

impl Refusal {
    /// Whether the answer was sound by itself and only does not fit what we have: it is believed when CentOps
    /// stays by it.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Shrunk { .. } | Self::Differs { .. })
    }
}

/// What a keeper holds answers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How long a table that nobody confirmed is used. 72 h.
    pub max_age: SignedDuration,
    /// How many of a hundred of our routes a whole table may lack without tombstones. 30.
    pub max_shrink_percent: u8,
    /// How long CentOps must stay by a table that was refused for what it lacks. 10 min.
    pub confirm_after: SignedDuration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            max_age: SignedDuration::from_hours(72),
            max_shrink_percent: 30,
            confirm_after: SignedDuration::from_mins(10),
        }
    }
}
