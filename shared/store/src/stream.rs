//! What the table's stream brings.

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::routes::ChangeLogEntry;
use serde_json::Value;

use crate::{StoreError, item::Item, keys, routes};

/// The entry of the change log that the stream's `record` brings.
///
/// # Errors
/// When it is none.
pub fn log_entry(record: &Value) -> Result<ChangeLogEntry, StoreError> {
    let image = record["dynamodb"]["NewImage"].as_object();
    let attributes = image.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), attribute(value)?)));
    routes::log_entry(&attributes.collect::<Item>())
}

/// A text or a number: an entry has nothing else.
fn attribute(value: &Value) -> Option<AttributeValue> {
    let number = || value["N"].as_str().map(|digits| AttributeValue::N(digits.to_owned()));
    value["S"].as_str().map(keys::text).or_else(number)
}
