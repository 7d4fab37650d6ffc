//! Storing log entries.

use std::collections::BTreeMap;

use centops_domain::{
    chatbots::Name,
    ingestion::{MaskedEntry, Sequence},
};
use futures::{TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use super::key::{self, LogKey};
use crate::{
    Store, StoreError, attributes,
    table::{Condition, WriteError, number, text},
};

/// Retention of entries.
pub const LOG_RETENTION: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The bytes of entries after which a new item is begun, far below the 400 KB of an item.
const PART_BYTES: usize = 100_000;
/// The most concurrent writes.
const CONCURRENCY: usize = 16;

impl Store {
    /// Stores the masked `entries` that the message `sequence` delivered at `now`, of the chatbot that was enrolled
    /// under `name` at `enrolled`. The same arguments write the same items. Entries from before the enrolment, and
    /// those that are past the retention, are dropped. One item a minute of the entries; one write unit for each KB.
    ///
    /// # Errors
    /// When the table does not answer: some may be stored, and the same call may be repeated.
    pub async fn put_logs(
        &self,
        name: &Name,
        enrolled: Timestamp,
        sequence: Sequence,
        entries: &[MaskedEntry],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut minutes: BTreeMap<i64, Vec<(usize, &MaskedEntry)>> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.at >= enrolled) {
            minutes.entry(key::minute_of(entry.at)).or_default().push((index, entry));
        }
        let mut items = Vec::new();
        for (minute, entries) in minutes {
            let expires = minute / 1000 + LOG_RETENTION.as_secs();
            if expires <= now.as_second() {
                continue;
            }
            for (part, json) in to_parts(&entries)?.into_iter().enumerate() {
                let mut item = key::log_key(name, enrolled, LogKey { minute, sequence, part });
                item.insert(attributes::ENTRIES.to_owned(), text(json));
                item.insert(attributes::EXPIRES.to_owned(), number(expires));
                items.push(Ok(item));
            }
        }
        let puts = stream::iter(items).map_ok(|item| self.table.put(item, Condition::None));
        puts.try_buffer_unordered(CONCURRENCY)
            .try_collect::<()>()
            .await
            .map_err(|error: WriteError| error.or(StoreError::Contended))
    }
}

/// Returns the entries of a minute, with their indexes in the message, as JSON arrays: one for each item.
fn to_parts(entries: &[(usize, &MaskedEntry)]) -> Result<Vec<String>, StoreError> {
    let mut parts: Vec<String> = Vec::new();
    for entry in entries {
        let entry = serde_json::to_string(entry).map_err(StoreError::unreadable)?;
        match parts.last_mut() {
            Some(part) if part.len() + entry.len() < PART_BYTES => {
                part.push(',');
                part.push_str(&entry);
            }
            _ => parts.push(format!("[{entry}")),
        }
    }
    for part in &mut parts {
        part.push(']');
    }
    Ok(parts)
}
