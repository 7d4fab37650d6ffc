//! The index of due items, read by time. Every area has partitions of its own.

use futures::future;
use jiff::Timestamp;

use crate::{
    Store, StoreError, attributes, keys,
    table::{Item, number, number_of, text},
};

impl Store {
    /// Returns the items of all shards of the index that are due until `until`, each with its time, the longest due first, at
    /// most `limit` of each shard. `partition` returns the partition of a shard. The index lags behind the table by a moment.
    /// Half a read unit for each shard and 4 KB of keys.
    pub(crate) async fn due_in_shards(
        &self,
        partition: impl Fn(u32) -> String,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, Item)>, StoreError> {
        let shards = (0..keys::DUE_SHARDS).map(|shard| self.due_items(partition(shard), until, limit));
        let mut due = Vec::new();
        for item in future::try_join_all(shards).await?.concat() {
            let at = Timestamp::from_millisecond(number_of(&item, attributes::DUE_AT)?);
            due.push((at.map_err(StoreError::unreadable)?, item));
        }
        due.sort_by_key(|(at, _)| *at);
        Ok(due)
    }

    /// Returns the items of one partition of the index that are due until `until`, the longest due first, at most
    /// `limit`.
    pub(crate) async fn due_items(
        &self,
        partition: String,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let query = self
            .table
            .query()
            .index_name(attributes::DUE)
            .key_condition_expression("#due = :partition AND #dueAt <= :until")
            .expression_attribute_names("#due", attributes::DUE)
            .expression_attribute_names("#dueAt", attributes::DUE_AT)
            .expression_attribute_values(":partition", text(partition))
            .expression_attribute_values(":until", number(until.as_millisecond()));
        let (mut due, mut start) = (Vec::new(), None);
        while due.len() < limit {
            let left = i32::try_from(limit - due.len()).unwrap_or(i32::MAX);
            let page = query.clone().limit(left).set_exclusive_start_key(start).send().await;
            let page = page.map_err(|error| StoreError::unavailable(&error))?;
            due.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        Ok(due)
    }
}
