//! Conversion between values and items.

use std::{collections::HashMap, str::FromStr};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, de::DeserializeOwned};

use crate::{StoreError, attributes};

/// A value and the version of its item. The version is the condition of the next write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// The version of the item.
    pub version: i64,
}

impl<T> Versioned<T> {
    /// Checks that the version is one that `expected` accepts.
    ///
    /// # Errors
    /// [`StoreError::Changed`] if it is not.
    pub(crate) fn check_version(&self, expected: &IfMatch) -> Result<(), StoreError> {
        if expected.accepts(self.version) { Ok(()) } else { Err(StoreError::Changed) }
    }
}

/// The versions that a change may be based on: the `If-Match` of its caller. It is checked against what is stored, so
/// what does not exist is [`StoreError::NotFound`] first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Any version.
    Any,
    /// One of these; no version if there are none.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// Returns whether a change may be based on `version`.
    #[must_use]
    pub fn accepts(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::Versions(versions) => versions.contains(&version),
        }
    }
}

/// For callers that require one version, or none.
impl From<Option<i64>> for IfMatch {
    fn from(version: Option<i64>) -> Self {
        version.map_or(Self::Any, |version| Self::Versions(vec![version]))
    }
}

/// An item: attribute values by attribute name.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// A primary key.
pub(crate) type Key = HashMap<String, AttributeValue>;

/// Returns the primary key of `pk` and `sk`.
pub(crate) fn key(pk: impl Into<String>, sk: impl Into<String>) -> Key {
    HashMap::from([(attributes::PK.to_owned(), text(pk)), (attributes::SK.to_owned(), text(sk))])
}

/// Returns a text attribute.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// Returns a binary attribute.
pub(crate) fn bytes(value: Vec<u8>) -> AttributeValue {
    AttributeValue::B(value.into())
}

/// Returns a number attribute.
pub(crate) fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// Returns the attribute [`attributes::EXPIRES`] of an item that is kept for `retention` from `from` on.
pub(crate) fn expiry(from: Timestamp, retention: SignedDuration) -> AttributeValue {
    number((from + retention).as_second())
}

/// Returns the item of `value` under `key`: one attribute for each field.
pub(crate) fn to_item(key: Key, value: impl Serialize) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(value).map_err(StoreError::unreadable)?;
    item.extend(key);
    Ok(item)
}

/// Returns the item of `value` under `key` with `version`.
pub(crate) fn to_versioned_item(key: Key, value: impl Serialize, version: i64) -> Result<Item, StoreError> {
    let mut item = to_item(key, value)?;
    item.insert(attributes::VERSION.to_owned(), number(version));
    Ok(item)
}

/// Returns the item of `value` under `key`: the value as JSON in the attribute `name`, and its version.
pub(crate) fn to_json_item(
    key: Key,
    name: &'static str,
    value: &Versioned<impl Serialize>,
) -> Result<Item, StoreError> {
    let mut item = key;
    let json = serde_json::to_string(&value.value).map_err(StoreError::unreadable)?;
    item.insert(attributes::VERSION.to_owned(), number(value.version));
    item.insert(name.to_owned(), text(json));
    Ok(item)
}

/// Reads an item of [`to_item`].
pub(crate) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    serde_dynamo::from_item(item).map_err(StoreError::unreadable)
}

/// Reads an item of [`to_versioned_item`].
pub(crate) fn from_versioned_item<T: DeserializeOwned>(item: Item) -> Result<Versioned<T>, StoreError> {
    let version = number_of(&item, attributes::VERSION)?;
    Ok(Versioned { value: from_item(item)?, version })
}

/// Reads an item of [`to_json_item`].
pub(crate) fn from_json_item<T: DeserializeOwned>(item: &Item, name: &'static str) -> Result<Versioned<T>, StoreError> {
    Ok(Versioned { value: json_of(item, name)?, version: number_of(item, attributes::VERSION)? })
}

/// Reads the value of the JSON attribute `name`.
pub(crate) fn json_of<T: DeserializeOwned>(item: &Item, name: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text_of(item, name)?).map_err(StoreError::unreadable)
}

/// Reads the number attribute `name`.
pub(crate) fn number_of<N>(item: &Item, name: &'static str) -> Result<N, StoreError>
where
    N: FromStr<Err = std::num::ParseIntError>,
{
    match item.get(name) {
        Some(AttributeValue::N(digits)) => digits.parse().map_err(StoreError::unreadable),
        _ => Err(StoreError::unreadable(MissingAttribute(name))),
    }
}

/// Reads the text attribute `name`.
pub(crate) fn text_of<'a>(item: &'a Item, name: &'static str) -> Result<&'a str, StoreError> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(StoreError::unreadable(MissingAttribute(name))),
    }
}

/// Reads the binary attribute `name`.
pub(crate) fn bytes_of<'a>(item: &'a Item, name: &'static str) -> Result<&'a [u8], StoreError> {
    match item.get(name) {
        Some(AttributeValue::B(bytes)) => Ok(bytes.as_ref()),
        _ => Err(StoreError::unreadable(MissingAttribute(name))),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("attribute `{0}` is missing or of another type")]
struct MissingAttribute(&'static str);
