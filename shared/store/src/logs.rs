//! Chatbots' logs: masked, for 14 days, newest first.
//!
//! An item holds the entries that one message has of one minute of their own time. Its key says which, so
//! a message that is delivered again writes the same items. Within a minute several messages may lie, so
//! a minute is read whole and then sorted.

mod reading;

use std::{collections::BTreeMap, fmt, str::FromStr};

use centops_domain::{
    chatbots::Name,
    ingestion::{LogLevel, MaskedEntry, Sequence},
};
use futures::{TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};

use crate::{
    Store, StoreError,
    item::{Expect, Item},
    keys::{self, LogKey},
    transaction::Refused,
};
use reading::Reading;

/// How long entries are kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(14 * 24);
/// The most entries of one page.
pub const LARGEST_PAGE: u16 = 500;

/// An item has about so many bytes of entries at most, far from the 400 KB that it may have.
const PART: usize = 100_000;
/// How many items are written at the same time.
const AT_ONCE: usize = 16;
/// The most queries for one page, and the bytes after which no further minute is read.
const MOST_QUERIES: usize = 40;
const MOST_READ: usize = 4_000_000;
/// Items of one query at the least: a filter may leave few of them.
const FEWEST_ITEMS: usize = 64;

/// Which entries are asked for.
#[derive(Clone, Debug, Default)]
pub struct LogQuery {
    /// Of this time or later.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// So grave or graver.
    pub level: Option<LogLevel>,
    /// With this in their text, whatever its case.
    pub text: Option<String>,
    /// So many at most: up to [`LARGEST_PAGE`].
    pub limit: usize,
    /// Those that come after this place: the `next` of the page before.
    pub after: Option<Place>,
}

/// One page of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPage {
    /// Newest first. May be fewer than asked for, or none, while there is a next page.
    pub entries: Vec<MaskedEntry>,
    /// Where the next page starts; none on the last.
    pub next: Option<Place>,
}

/// Where an entry stands in its chatbot's log: by its time, then its message, then its place therein.
/// As text: these three, for cursors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    at: Timestamp,
    sequence: Sequence,
    index: u16,
}

/// A text that is not a [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in a log")]
pub struct InvalidPlace;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.at.as_nanosecond(), u128::from(self.sequence), self.index)
    }
}

impl FromStr for Place {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let mut parts = text.split('/');
        let (Some(at), Some(sequence), Some(index), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(InvalidPlace);
        };
        let at = at.parse().ok().and_then(|at| Timestamp::from_nanosecond(at).ok()).ok_or(InvalidPlace)?;
        let sequence = sequence.parse().map_err(|_| InvalidPlace)?;
        Ok(Self { at, sequence, index: index.parse().map_err(|_| InvalidPlace)? })
    }
}

impl Store {
    /// Keeps `entries` of the chatbot `name`, enrolled at `enrolled`, as the message `sequence` brought
    /// them; `now` is the time. Again with the same arguments it writes the same. Left out are those from
    /// before the enrolment and those whose 14 days are over. One write unit a KB; an item a minute of
    /// the entries.
    ///
    /// # Errors
    /// When the table does not answer: some may be kept, and the same may be given again.
    pub async fn keep_logs(
        &self,
        name: &Name,
        enrolled: Timestamp,
        sequence: Sequence,
        entries: &[MaskedEntry],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut minutes: BTreeMap<i64, Vec<(usize, &MaskedEntry)>> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate().filter(|(_, entry)| entry.at >= enrolled) {
            minutes.entry(keys::minute(entry.at)).or_default().push((index, entry));
        }
        let mut items = Vec::new();
        for (minute, entries) in minutes {
            let expires = minute / 1000 + KEPT.as_secs();
            if expires <= now.as_second() {
                continue;
            }
            for (part, text) in parts(&entries)?.into_iter().enumerate() {
                let mut item: Item = keys::log(name, enrolled, LogKey { minute, sequence, part });
                item.insert(keys::ENTRIES.to_owned(), keys::text(text));
                item.insert(keys::EXPIRES.to_owned(), keys::number(expires));
                items.push(Ok(item));
            }
        }
        let puts = stream::iter(items).map_ok(|item| self.put(item, Expect::Any));
        puts.try_buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await
            .map_err(|refused: Refused| refused.or(StoreError::Contended))
    }

    /// A page of the log of the chatbot `name`, enrolled at `enrolled`: what `query` asks for of the 14
    /// days before `now`. Eventually consistent, half a read unit for each 4 KB read: what the page needs,
    /// at least one minute of the log, and then at most 4 MB or 40 queries.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn logs(
        &self,
        name: &Name,
        enrolled: Timestamp,
        query: &LogQuery,
        now: Timestamp,
    ) -> Result<LogPage, StoreError> {
        let oldest = query.from.unwrap_or(enrolled).max(enrolled).max(now - KEPT);
        let newest = [query.to, query.after.map(|place| place.at)].into_iter().flatten().min();
        if newest.is_some_and(|newest| newest < oldest) {
            return Ok(LogPage::default());
        }
        let items = i32::try_from((query.limit + 1).max(FEWEST_ITEMS)).unwrap_or(i32::MAX);
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND sk BETWEEN :oldest AND :newest")
            .expression_attribute_values(":pk", keys::text(keys::log_pk(name, enrolled)))
            .expression_attribute_values(":oldest", keys::text(keys::oldest_log(oldest)))
            .expression_attribute_values(":newest", keys::text(keys::newest_log(newest)))
            .scan_index_forward(false)
            .limit(items);
        let mut reading = Reading::new(query, oldest);
        let mut start = None;
        loop {
            let answer = request.clone().set_exclusive_start_key(start).send().await;
            let answer = answer.map_err(|error| StoreError::unavailable(&error))?;
            for item in answer.items.unwrap_or_default() {
                if let Some(page) = reading.take(&item)? {
                    return Ok(page);
                }
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(reading.end());
            }
            reading.queried();
        }
    }
}

/// The entries of a minute with their places in the message, as the texts of as many items as it needs.
fn parts(entries: &[(usize, &MaskedEntry)]) -> Result<Vec<String>, StoreError> {
    let mut parts: Vec<String> = Vec::new();
    for entry in entries {
        let entry = serde_json::to_string(entry).map_err(StoreError::unreadable)?;
        match parts.last_mut() {
            Some(part) if part.len() + entry.len() < PART => {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_back_as_written() {
        let place = Place { at: Timestamp::MAX, sequence: Sequence::from(u128::MAX), index: u16::MAX };
        assert_eq!(place.to_string().parse(), Ok(place));
        for bad in ["", "1", "1/2", "1/2/x", "1/2/3/4", "1/-2/3", "99999999999999999999999999999999/1/1"] {
            assert_eq!(bad.parse::<Place>(), Err(InvalidPlace), "{bad}");
        }
    }
}
