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

/// The most queries for one page. A second one is made for a full page only, after a filter left items out.
const MOST_QUERIES: usize = 2;

/// Returns a page of up to `limit` items of `query`, each read by `read`, without those that `read` leaves out. A page
/// that ends the list has no next one, even if it is full: one item more than the page is read.
pub(crate) async fn fetch_page<T, P>(
    query: QueryFluentBuilder,
    limit: i32,
    read: impl Fn(Item) -> Result<Option<T>, StoreError>,
) -> Result<Page<T, P>, StoreError>
where
    P: FromStr<Err: Error + Send + Sync + 'static>,
{
    let position = |key: &Item| text_of(key, attributes::SK)?.parse::<P>().map_err(StoreError::unreadable);
    let mut query = query.limit(limit.saturating_add(1));
    let limit = usize::try_from(limit).unwrap_or(0);
    let (mut items, mut last, mut next) = (Vec::new(), None, None);
    for _ in 0..MOST_QUERIES {
        let output = query.clone().send().await.map_err(|error| StoreError::unavailable(&error))?;
        for item in output.items.unwrap_or_default() {
            let key = (items.len() + 1 == limit).then(|| position(&item)).transpose()?;
            let Some(value) = read(item)? else { continue };
            if items.len() == limit {
                return Ok(Page { items, next: last });
            }
            items.push(value);
            last = key;
        }
        next = output.last_evaluated_key.as_ref().map(position).transpose()?;
        if next.is_none() || items.len() < limit {
            break;
        }
        query = query.set_exclusive_start_key(output.last_evaluated_key);
    }
    Ok(Page { items, next })
}

/// Returns the items of all pages of `query`.
pub(crate) async fn collect(query: QueryFluentBuilder) -> Result<Vec<Item>, StoreError> {
    let items = query.into_paginator().items().send();
    items.try_collect().await.map_err(|error| StoreError::unavailable(&error))
}
