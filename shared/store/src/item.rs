//! Items and their versions.

use std::{collections::HashMap, error::Error, str::FromStr};

use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure};
use centops_domain::routes::Head;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    StoreError,
    keys::{self, Key},
};

/// A value and the version of its item: the version is the condition of the next write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// The item's version.
    pub version: i64,
}

/// An item as DynamoDB has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// What a put expects to find.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expect {
    /// No item of that key.
    Absent,
    /// An item of that version.
    Version(i64),
    /// No item of that key, or one whose `until` is over by then.
    Over(Timestamp),
    /// Anything.
    Any,
}

impl Expect {
    /// What is replaced by the version after `old`; 0 is nothing yet.
    pub(crate) fn after(old: i64) -> Self {
        if old == 0 { Self::Absent } else { Self::Version(old) }
    }
}

/// The item of `value` under `key`.
pub(crate) fn to_item(key: Key, value: impl Serialize) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(StoreError::unreadable)?;
    item.extend(key);
    Ok(item)
}

/// The item of `value` under `key` with `version`.
pub(crate) fn to_versioned_item(key: Key, value: impl Serialize, version: i64) -> Result<Item, StoreError> {
    let mut item = to_item(key, value)?;
    item.insert(keys::VERSION.to_owned(), keys::number(version));
    Ok(item)
}

/// The item of `value` under `key` with `version`, the value as JSON in the one attribute `name`.
pub(crate) fn to_json_item(
    mut item: Key,
    name: &'static str,
    value: &Versioned<impl Serialize>,
) -> Result<Item, StoreError> {
    let json = serde_json::to_string(&value.value).map_err(StoreError::unreadable)?;
    item.insert(keys::VERSION.to_owned(), keys::number(value.version));
    item.insert(name.to_owned(), keys::text(json));
    Ok(item)
}

pub(crate) fn from_json_item<T: DeserializeOwned>(item: &Item, name: &'static str) -> Result<Versioned<T>, StoreError> {
    let value = serde_json::from_str(text_of(item, name)?).map_err(StoreError::unreadable)?;
    Ok(Versioned { value, version: number_of(item, keys::VERSION)? })
}

pub(crate) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(StoreError::unreadable)
}

pub(crate) fn from_versioned_item<T: DeserializeOwned>(item: Item) -> Result<Versioned<T>, StoreError> {
    let version = number_of(&item, keys::VERSION)?;
    Ok(Versioned { value: from_item(item)?, version })
}

/// Gives `item` the attributes of `head`.
pub(crate) fn insert_head(item: &mut Item, Head { revision, time, count }: Head) {
    item.insert(keys::REVISION.to_owned(), keys::number(revision));
    item.insert(keys::TIME.to_owned(), keys::number(time.as_millisecond()));
    item.insert(keys::COUNT.to_owned(), keys::number(count));
}

/// The head that [`insert_head`] gave `item`.
pub(crate) fn head_of(item: &Item) -> Result<Head, StoreError> {
    let time = Timestamp::from_millisecond(number_of(item, keys::TIME)?).map_err(StoreError::unreadable)?;
    Ok(Head { revision: number_of(item, keys::REVISION)?, time, count: number_of(item, keys::COUNT)? })
}

/// The number `name` of `item`.
pub(crate) fn number_of<N>(item: &Item, name: &'static str) -> Result<N, StoreError>
where
    N: std::str::FromStr<Err = std::num::ParseIntError>,
{
    match item.get(name) {
        Some(AttributeValue::N(digits)) => digits.parse().map_err(StoreError::unreadable),
        _ => Err(StoreError::unreadable(MissingAttribute(name))),
    }
}

/// The text `name` of `item`.
pub(crate) fn text_of<'a>(item: &'a Item, name: &'static str) -> Result<&'a str, StoreError> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(StoreError::unreadable(MissingAttribute(name))),
    }
}

/// The place after which the next page of a list starts, from the `key` where a query ended; none on the last.
pub(crate) fn place_after<T>(key: Option<Key>) -> Result<Option<T>, StoreError>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    key.map(|key| text_of(&key, keys::SK)?.parse().map_err(StoreError::unreadable)).transpose()
}

/// The bytes `name` of `item`.
pub(crate) fn bytes_of<'a>(item: &'a Item, name: &'static str) -> Result<&'a [u8], StoreError> {
    match item.get(name) {
        Some(AttributeValue::B(bytes)) => Ok(bytes.as_ref()),
        _ => Err(StoreError::unreadable(MissingAttribute(name))),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("attribute `{0}` is missing or of another type")]
struct MissingAttribute(&'static str);

/// A put of `item` into `table` that holds only where `expect` does. A failure carries the item that
/// was found instead.
pub(crate) fn put(table: &str, item: Item, expect: Expect) -> Result<Put, StoreError> {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let put = match expect {
        Expect::Any => put,
        Expect::Absent => put.condition_expression("attribute_not_exists(pk)"),
        Expect::Version(version) => put
            .condition_expression("#version = :version")
            .expression_attribute_names("#version", keys::VERSION)
            .expression_attribute_values(":version", keys::number(version)),
        Expect::Over(now) => put
            .condition_expression("attribute_not_exists(pk) OR #until < :now")
            .expression_attribute_names("#until", keys::UNTIL)
            .expression_attribute_values(":now", keys::number(now.as_millisecond())),
    };
    put.build().map_err(StoreError::unreadable)
}
