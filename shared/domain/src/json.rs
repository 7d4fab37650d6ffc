//! Helpers for reading JSON.

use serde::{Deserialize, Deserializer};

/// Reads an optional field that is present. It refuses `null`, so that `null` never counts as "unchanged".
///
/// # Errors
/// When the field is `null`, or no `T`.
pub fn non_null<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}
