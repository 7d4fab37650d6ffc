//! History of a chatbot: its closed minutes.

use std::collections::BTreeMap;

use centops_domain::{chatbots::Name, health::Minute};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Store, StoreError, attributes, keys,
    table::{self, Condition, Item, expiry, text_of},
};

/// Retention of a minute.
pub const HISTORY_RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The most concurrent writes.
const CONCURRENCY: usize = 4;

impl table::Packed for Minute {
    const FORM: u8 = 1;
}

impl Store {
    /// Writes the minutes `closed`, by their start in Unix minutes. A closed minute never changes, so the write is
    /// idempotent. One write unit each.
    pub(super) async fn put_history(
        &self,
        name: &Name,
        enrolled: Timestamp,
        closed: &BTreeMap<i64, Minute>,
    ) -> Result<(), StoreError> {
        let writes = stream::iter(closed).map(|(start, minute)| async move {
            let mut item = keys::history_minute(name, enrolled, *start);
            table::insert_packed(&mut item, minute)?;
            let at = Timestamp::from_second(start.saturating_mul(60)).map_err(StoreError::unreadable)?;
            item.insert(attributes::EXPIRES.to_owned(), expiry(at, HISTORY_RETENTION));
            self.table.put(item, Condition::None).await.map_err(|error| error.or(StoreError::Contended))
        });
        writes.buffer_unordered(CONCURRENCY).try_collect().await
    }

    /// Returns the closed minutes that start in `from..=to` (Unix minutes), of the chatbot that was enrolled under
    /// `name` at `enrolled`. Half a read unit for each 4 KB, about 20 minutes.
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
        // Keys of minutes below zero would not sort, and no minute is older than Unix time.
        let (from, to) = (keys::minute_sk(from.max(0)), keys::minute_sk(to.max(0)));
        let query = self.table.query_range(&keys::history_pk(name, enrolled), from, to);
        table::collect(query).await?.iter().map(read_minute).collect()
    }
}

/// Reads an item of the history: its minute (Unix), and what was observed.
pub(crate) fn read_minute(item: &Item) -> Result<(i64, Minute), StoreError> {
    let start = text_of(item, attributes::SK)?.parse().map_err(StoreError::unreadable)?;
    Ok((start, table::packed_of(item)?))
}
