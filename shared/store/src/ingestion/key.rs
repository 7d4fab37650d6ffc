//! Keys of log items.

use centops_domain::{chatbots::Name, ingestion::Sequence};
use jiff::Timestamp;

use crate::{
    StoreError,
    table::{Key, key},
};

/// The sort key of a log item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogKey {
    /// The start of the minute of its entries, in Unix milliseconds.
    pub(super) minute: i64,
    /// The message that delivered them.
    pub(super) sequence: Sequence,
    /// The number of the item among those of this minute and message.
    pub(super) part: usize,
}

#[derive(Debug, thiserror::Error)]
#[error("not the key of an item of a log")]
struct InvalidLogKey;

/// Returns the start of the minute of `at`, in Unix milliseconds.
pub(super) fn minute_of(at: Timestamp) -> i64 {
    const MINUTE: i64 = 60_000;
    at.as_millisecond().div_euclid(MINUTE) * MINUTE
}

/// Formats a minute with 13 digits, so that texts sort like times up to the year 2286.
fn minute_sk(minute: i64) -> String {
    format!("{:013}", minute.clamp(0, 9_999_999_999_999))
}

/// Returns the partition of the log of one enrolment: a name that is enrolled again has another log.
pub(super) fn log_pk(name: &Name, enrolled: Timestamp) -> String {
    format!("LOGS#{name}#{}", enrolled.as_millisecond())
}

pub(super) fn log_key(name: &Name, enrolled: Timestamp, LogKey { minute, sequence, part }: LogKey) -> Key {
    key(log_pk(name, enrolled), format!("{}#{sequence}#{part:03}", minute_sk(minute)))
}

/// Returns a sort key before every item with entries of `from` and later.
pub(super) fn oldest_sk(from: Timestamp) -> String {
    minute_sk(minute_of(from))
}

/// Returns a sort key after every item with entries of `to` and earlier; after all items without `to`.
pub(super) fn newest_sk(to: Option<Timestamp>) -> String {
    format!("{}#~", minute_sk(to.map_or(i64::MAX, minute_of)))
}

/// Parses the sort key `sk`.
pub(super) fn parse(sk: &str) -> Result<LogKey, StoreError> {
    let mut parts = sk.split('#');
    let mut next = || parts.next().unwrap_or_default();
    let (minute, sequence, part) = (next().parse(), next().parse(), next().parse());
    match (minute, sequence, part) {
        (Ok(minute), Ok(sequence), Ok(part)) => Ok(LogKey { minute, sequence, part }),
        _ => Err(StoreError::unreadable(InvalidLogKey)),
    }
}
