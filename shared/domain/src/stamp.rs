//! Timestamps in milliseconds, for `#[serde(with)]`: RFC 3339 in human-readable formats, a number in the stored
//! format.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A timestamp in milliseconds, for lists and options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stamp(#[serde(with = "self")] pub Timestamp);

/// Truncates `at` to milliseconds.
#[must_use]
pub fn milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// Serializes a timestamp as described in the module.
///
/// # Errors
/// The errors of the serializer.
pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        milliseconds(*at).serialize(serializer)
    } else {
        at.as_millisecond().serialize(serializer)
    }
}

/// Deserializes a timestamp as described in the module.
///
/// # Errors
/// The errors of the deserializer, or a number out of range.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    if deserializer.is_human_readable() {
        crate::rfc3339::deserialize(deserializer)
    } else {
        Timestamp::from_millisecond(i64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
