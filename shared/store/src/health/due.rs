//! The index of due items: the chatbots and DMRs that the prober has to evaluate, by lane and time.
//!
//! The entry of a chatbot in the silence lane is set once, at the first time at which an observer can be silent, and
//! stays there while reports arrive: moving it with each report would write the index each time. So most of the entries
//! that are due in that lane have nothing to evaluate. [`Store::due_for_silence`] finds out by reading one attribute.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use centops_domain::{chatbots::Name, health::Lane};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, attributes, keys,
    table::{Item, number_of, text_of},
};

/// The most keys that `DynamoDB` takes in one `BatchGetItem`.
const BATCH_KEYS: usize = 100;
/// The most concurrent requests for a batch of items.
const CONCURRENT_BATCHES: usize = 8;
/// An entry is moved if it can stay at its new place for this time. Moving it costs three write units and two read units,
/// as much as 34 readings of half a unit; one is made each minute.
const MOVED_BY: SignedDuration = SignedDuration::from_mins(30);

/// An item of the index.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DueItem {
    /// A chatbot.
    Chatbot(Name),
    /// A DMR.
    Dmr(Name),
}

impl DueItem {
    fn chatbot(&self) -> Option<&Name> {
        if let Self::Chatbot(name) = self { Some(name) } else { None }
    }
}

/// An entry of the index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueEntry {
    /// The item.
    pub item: DueItem,
    /// The time at which it is due.
    pub at: Timestamp,
}

/// Due items of the silence lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SilenceDue {
    /// The entries to evaluate, each with the time since which it has to be.
    pub entries: Vec<DueEntry>,
    /// The number of entries that were read.
    pub read: usize,
}

impl Store {
    /// Returns the items that are due in `lane` until `until`, the longest due first, at most `limit` of each shard. The
    /// index lags behind the table by a moment; [`Store::evaluate_due`] decides. Half a read unit for each shard and 4
    /// KB of keys.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn due(&self, lane: Lane, until: Timestamp, limit: usize) -> Result<Vec<DueEntry>, StoreError> {
        let due = self.due_in_shards(|shard| keys::due_partition(lane, shard), until, limit).await?;
        due.iter().filter_map(|(at, item)| entry_of(*at, item).transpose()).collect()
    }

    /// Returns the items of the silence lane that have to be evaluated at `now`, at most `limit` of each shard: silent
    /// observers and DMRs, chatbots that have settled, and entries that can be moved far ahead. Half a read unit for
    /// each chatbot whose entry is due, and none of its writes; the index as in [`Store::due`].
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn due_for_silence(&self, now: Timestamp, limit: usize) -> Result<SilenceDue, StoreError> {
        let due = self.due(Lane::Silence, now, limit).await?;
        let read = due.len();
        let (chatbots, mut entries): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|entry| entry.item.chatbot().is_some());
        let batches = stream::iter(chatbots.chunks(BATCH_KEYS)).map(|batch| self.not_quiet(batch, now));
        let found: Vec<Vec<DueEntry>> = batches.buffer_unordered(CONCURRENT_BATCHES).try_collect().await?;
        entries.extend(found.into_iter().flatten());
        entries.sort_by_key(|entry| entry.at);
        Ok(SilenceDue { entries, read })
    }

    /// Returns the entries of `batch` that have to be evaluated or moved. What `DynamoDB` leaves out is read by the next
    /// sweep.
    async fn not_quiet(&self, batch: &[DueEntry], now: Timestamp) -> Result<Vec<DueEntry>, StoreError> {
        // `DynamoDB` refuses a request that names a key twice; a page of the index may have an item that moved twice.
        let names: BTreeSet<&Name> = batch.iter().filter_map(|entry| entry.item.chatbot()).collect();
        let request = KeysAndAttributes::builder()
            .set_keys(Some(names.into_iter().map(keys::health).collect()))
            .projection_expression("pk, #quietUntil")
            .expression_attribute_names("#quietUntil", attributes::QUIET_UNTIL)
            .build()
            .map_err(StoreError::unreadable)?;
        let (items, _) = self.table.batch_get(request).await?;
        let mut found = Vec::new();
        for item in items {
            let Some(name) = keys::chatbot_of_health(text_of(&item, attributes::PK)?) else { continue };
            let quiet_until = quiet_until(&item)?;
            if quiet_until.is_none_or(|until| until <= now || until >= now + MOVED_BY) {
                let at = quiet_until.unwrap_or(now).min(now);
                found.push(DueEntry { item: DueItem::Chatbot(name), at });
            }
        }
        Ok(found)
    }
}

fn entry_of(at: Timestamp, item: &Item) -> Result<Option<DueEntry>, StoreError> {
    let pk = text_of(item, attributes::PK)?;
    let found = keys::chatbot_of_health(pk).map(DueItem::Chatbot).or_else(|| keys::dmr_of(pk).map(DueItem::Dmr));
    Ok(found.map(|item| DueEntry { item, at }))
}

fn quiet_until(item: &Item) -> Result<Option<Timestamp>, StoreError> {
    if !item.contains_key(attributes::QUIET_UNTIL) {
        return Ok(None);
    }
    number_of(item, attributes::QUIET_UNTIL).and_then(millisecond).map(Some)
}

fn millisecond(millisecond: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millisecond).map_err(StoreError::unreadable)
}
