//! The wall clock of the functions.
//!
//! Nothing else asks for the time: the domain and the store take it as an argument, so that tests choose it.

use jiff::Timestamp;

/// Returns the current time.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}
