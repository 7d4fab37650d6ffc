//! Records of the table's stream.

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::routes::ChangeLogEntry;
use serde_json::Value;

use crate::{
    StoreError, commit,
    table::{Item, text},
};

/// Reads the entry of the change log from a `record` of the table's stream.
///
/// # Errors
/// When the record contains none.
pub fn parse_log_entry(record: &Value) -> Result<ChangeLogEntry, StoreError> {
    let image = record["dynamodb"]["NewImage"].as_object();
    let attributes = image.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), attribute(value)?)));
    commit::log_entry_of(&attributes.collect::<Item>())
}

/// Reads a text or a number. An entry has no other attributes.
fn attribute(value: &Value) -> Option<AttributeValue> {
    let number = || value["N"].as_str().map(|digits| AttributeValue::N(digits.to_owned()));
    value["S"].as_str().map(text).or_else(number)
}
