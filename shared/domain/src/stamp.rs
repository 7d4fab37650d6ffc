//! Times in milliseconds: RFC 3339 where people read it, a number in the stored form. For
//! `#[serde(with)]`.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A time on its own, for lists and options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(#[serde(with = "self")] pub Timestamp);

/// `at` without what is less than a millisecond.
#[must_use]
pub fn milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// See the module.
///
/// # Errors
/// The serializer's.
pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        milliseconds(*at).serialize(serializer)
    } else {
        at.as_millisecond().serialize(serializer)
    }
}

/// See the module.
///
/// # Errors
/// The deserializer's, or a number that is no time.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    if deserializer.is_human_readable() {
        Timestamp::deserialize(deserializer)
    } else {
        Timestamp::from_millisecond(i64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
