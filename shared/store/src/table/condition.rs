//! Conditions of writes.

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure};
use jiff::Timestamp;

use super::item::{self, Item, Key};
use crate::{StoreError, attributes};

const ABSENT: &str = "attribute_not_exists(pk)";
const EQUAL: &str = "#attribute = :value";

/// Condition under which an item is put.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Condition {
    /// No item has the key.
    Absent,
    /// The stored item has this version.
    Version(i64),
    /// No item has the key, or the `until` of the stored item is before this time.
    Expired(Timestamp),
    /// None: the put always holds.
    None,
}

impl Condition {
    /// Returns the condition for replacing the version `old`; 0 means that no item is stored yet.
    pub(crate) fn replaces(old: i64) -> Self {
        if old == 0 { Self::Absent } else { Self::Version(old) }
    }

    /// Returns a put of `item` into `table`. A failure returns the item that was found.
    pub(crate) fn put(self, table: &str, item: Item) -> Result<Put, StoreError> {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = match self {
            Self::None => put,
            Self::Absent => put.condition_expression(ABSENT),
            Self::Version(version) => put
                .condition_expression("#version = :version")
                .expression_attribute_names("#version", attributes::VERSION)
                .expression_attribute_values(":version", item::number(version)),
            Self::Expired(now) => put
                .condition_expression(format!("{ABSENT} OR #until < :now"))
                .expression_attribute_names("#until", attributes::UNTIL)
                .expression_attribute_values(":now", item::number(now.as_millisecond())),
        };
        put.build().map_err(StoreError::unreadable)
    }
}

/// Returns a deletion of `key`; with `expected`, on the condition that its item has this value in this attribute.
pub(super) fn delete(table: &str, key: Key, expected: Option<(&str, AttributeValue)>) -> Result<Delete, StoreError> {
    let delete = Delete::builder().table_name(table).set_key(Some(key));
    let delete = match expected {
        None => delete,
        Some((attribute, value)) => delete
            .condition_expression(EQUAL)
            .expression_attribute_names("#attribute", attribute)
            .expression_attribute_values(":value", value),
    };
    delete.build().map_err(StoreError::unreadable)
}

/// Returns a check that the item of `key` has `value` in `attribute`.
pub(super) fn equals(
    table: &str,
    key: Key,
    attribute: &str,
    value: AttributeValue,
) -> Result<ConditionCheck, StoreError> {
    let check = ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(key))
        .condition_expression(EQUAL)
        .expression_attribute_names("#attribute", attribute)
        .expression_attribute_values(":value", value);
    check.build().map_err(StoreError::unreadable)
}

/// Returns a check that no item has `key`.
pub(super) fn absent(table: &str, key: Key) -> Result<ConditionCheck, StoreError> {
    let check = ConditionCheck::builder().table_name(table).set_key(Some(key)).condition_expression(ABSENT);
    check.build().map_err(StoreError::unreadable)
}
