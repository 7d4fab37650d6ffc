//! Paged lists.

use std::{error::Error, str::FromStr};

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use super::item::{Item, text_of};
use crate::{StoreError, attributes};

/// A page of a list. `P` is the list's position type: its `Display` and `FromStr` are the wire form of a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, P> {
    /// The items in the order of the list. May be fewer than the limit, or none, although there is a next page.
    pub items: Vec<T>,
    /// The position after which the next page starts; `None` on the last page.
    pub next: Option<P>,
}

impl<T, P> Default for Page<T, P> {
    fn default() -> Self {
        Self { items: Vec::new(), next: None }
    }
}

/// Consistency of a read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Consistency {
    /// The read sees every write that returned before it.
    #[default]
    Strong,
    /// The read may miss the writes of the last second. It costs half.
    Eventual,
}

/// Error of parsing a [`Consistency`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("strong or eventual")]
pub struct UnknownConsistency;

impl FromStr for Consistency {
    type Err = UnknownConsistency;

    fn from_str(text: &str) -> Result<Self, UnknownConsistency> {
        match text {
            "strong" => Ok(Self::Strong),
            "eventual" => Ok(Self::Eventual),
            _ => Err(UnknownConsistency),
        }
    }
}

/// Sends `query` once and returns its items, each read by `read`. The next position is the sort key at which the query
/// stopped.
pub(crate) async fn fetch_page<T, P>(
    query: QueryFluentBuilder,
    read: impl Fn(Item) -> Result<T, StoreError>,
) -> Result<Page<T, P>, StoreError>
where
    P: FromStr<Err: Error + Send + Sync + 'static>,
{
    let output = query.send().await.map_err(|error| StoreError::unavailable(&error))?;
    let position = |key| text_of(&key, attributes::SK)?.parse().map_err(StoreError::unreadable);
    let next = output.last_evaluated_key.map(position).transpose()?;
    let items = output.items.unwrap_or_default().into_iter().map(read).collect::<Result<_, _>>()?;
    Ok(Page { items, next })
}

/// Returns the items of all pages of `query`.
pub(crate) async fn collect(query: QueryFluentBuilder) -> Result<Vec<Item>, StoreError> {
    let items = query.into_paginator().items().send();
    items.try_collect().await.map_err(|error| StoreError::unavailable(&error))
}
