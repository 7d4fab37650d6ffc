//! The closed minutes of a chatbot, kept for 30 days.

use std::collections::BTreeMap;

use centops_domain::{chatbots::Name, health::Minute};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Store, StoreError,
    item::{self, Expect},
    keys,
    transaction::expires,
};

/// How long a minute is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How many are written at the same time.
const AT_ONCE: usize = 4;

impl Store {
    /// Writes closed minutes, by their start in Unix minutes. They no longer change, so writing one again
    /// is the same. A write unit each.
    pub(crate) async fn keep_minutes(
        &self,
        name: &Name,
        enrolled: Timestamp,
        closed: &BTreeMap<i64, Minute>,
    ) -> Result<(), StoreError> {
        let writes = stream::iter(closed).map(|(start, minute)| async move {
            let mut item = keys::history_minute(name, enrolled, *start);
            let state = postcard::to_stdvec(minute).map_err(StoreError::unreadable)?;
            item.insert(keys::STATE.to_owned(), keys::bytes(state));
            let at = Timestamp::from_second(start.saturating_mul(60)).map_err(StoreError::unreadable)?;
            item.insert(keys::EXPIRES.to_owned(), expires(at, KEPT));
            self.put(item, Expect::Any).await.map_err(|refused| refused.or(StoreError::Contended))
        });
        writes.buffer_unordered(AT_ONCE).try_collect().await
    }

    /// The closed minutes of the chatbot that was enrolled under `name` then, that start in `from..=to`
    /// (Unix minutes). Half a read unit for each 4 KB: about 20 minutes.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn history(
        &self,
        name: &Name,
        enrolled: Timestamp,
        from: i64,
        to: i64,
    ) -> Result<BTreeMap<i64, Minute>, StoreError> {
        // Nothing is older than Unix time, whose minutes below zero would not sort.
        let (from, to) = (from.max(0), to.max(0));
        let pages = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", keys::text(keys::history_pk(name, enrolled)))
            .expression_attribute_values(":from", keys::text(keys::minute_sk(from)))
            .expression_attribute_values(":to", keys::text(keys::minute_sk(to)))
            .into_paginator()
            .items()
            .send();
        let items = pages.try_collect().await.map_err(|error| StoreError::unavailable(&error))?;
        let minute = |item: item::Item| {
            let start = item::text_of(&item, keys::SK)?.parse().map_err(StoreError::unreadable)?;
            let minute = postcard::from_bytes(item::bytes_of(&item, keys::STATE)?).map_err(StoreError::unreadable)?;
            Ok((start, minute))
        };
        items.into_iter().map(minute).collect()
    }
}
