//! Builds a page from items that arrive newest minute first.

use std::cmp::Reverse;

use centops_domain::ingestion::{LogLevel, MaskedEntry};
use jiff::Timestamp;

use super::{
    key::{self, LogKey},
    position::Position,
};
use crate::{
    Page, StoreError, attributes,
    table::{Item, json_of, text_of},
};

/// The most bytes of a page. A function's response has up to 6 MB: JSON with the JSON of the page as a text in it.
const MOST_BYTES: usize = 5_000_000;
/// The bytes read after which no further minute is read.
const MOST_READ: usize = 4_000_000;
/// The most queries for one page.
const MOST_QUERIES: usize = 40;

/// The filter of a page.
pub(super) struct LogFilter {
    /// The earliest time, inclusive.
    pub(super) oldest: Timestamp,
    /// The latest time, exclusive.
    pub(super) to: Option<Timestamp>,
    /// The lowest level.
    pub(super) level: Option<LogLevel>,
    /// A text that the message must contain, in lower case.
    pub(super) text: Option<String>,
    /// The position at which the page starts.
    pub(super) after: Option<Position>,
}

impl LogFilter {
    fn matches(&self, position: Position, entry: &MaskedEntry) -> bool {
        entry.at >= self.oldest
            && self.to.is_none_or(|to| entry.at < to)
            && self.after.is_none_or(|after| position < after)
            && self.level.is_none_or(|level| entry.level >= level)
            && self.text.as_ref().is_none_or(|text| entry.message.to_lowercase().contains(text))
    }
}

/// Builds a page.
pub(super) struct PageBuilder {
    filter: LogFilter,
    limit: usize,
    entries: Vec<MaskedEntry>,
    last: Option<Position>,
    /// The minute that is being read.
    minute: Option<i64>,
    /// The matching entries of that minute.
    found: Vec<(Position, MaskedEntry)>,
    bytes: usize,
    read: usize,
    queries: usize,
}

impl PageBuilder {
    pub(super) fn new(filter: LogFilter, limit: usize) -> Self {
        Self {
            filter,
            limit,
            entries: Vec::new(),
            last: None,
            minute: None,
            found: Vec::new(),
            bytes: 0,
            read: 0,
            queries: 1,
        }
    }

    /// Counts another query.
    pub(super) fn count_query(&mut self) {
        self.queries += 1;
    }

    /// Adds the next item. Returns the page if it ends before this item.
    pub(super) fn add(&mut self, item: &Item) -> Result<Option<Page<MaskedEntry, Position>>, StoreError> {
        let LogKey { minute, sequence, .. } = key::parse(text_of(item, attributes::SK)?)?;
        if let Some(read) = self.minute.replace(minute).filter(|&read| read != minute) {
            if self.move_minute() || self.entries.len() >= self.limit {
                return Ok(Some(self.page(self.last)));
            }
            if self.read >= MOST_READ || self.queries >= MOST_QUERIES {
                return Ok(Some(self.page(Position::before_minute(read))));
            }
        }
        self.read += text_of(item, attributes::ENTRIES)?.len();
        let entries: Vec<(u16, MaskedEntry)> = json_of(item, attributes::ENTRIES)?;
        for (index, entry) in entries {
            let position = Position { at: entry.at, sequence, index };
            if self.filter.matches(position, &entry) {
                self.found.push((position, entry));
            }
        }
        // A minute may have any size. Entries that cannot fit on the page are dropped; one more than the limit shows
        // that there is a next page.
        if self.found.len() > 2 * self.limit {
            self.found.sort_unstable_by_key(|(position, _)| Reverse(*position));
            self.found.truncate(self.limit + 1);
        }
        Ok(None)
    }

    /// Returns the page after the last item.
    pub(super) fn finish(mut self) -> Page<MaskedEntry, Position> {
        let next = if self.move_minute() { self.last } else { None };
        self.page(next)
    }

    /// Moves the entries of the minute to the page, in order. Returns true if some of them do not fit.
    fn move_minute(&mut self) -> bool {
        let mut found = std::mem::take(&mut self.found);
        found.sort_unstable_by_key(|(position, _)| Reverse(*position));
        for (position, entry) in found {
            let size = response_size(&entry.message);
            let is_full = self.entries.len() >= self.limit || self.bytes + size > MOST_BYTES;
            if is_full && !self.entries.is_empty() {
                return true;
            }
            self.bytes += size;
            self.last = Some(position);
            self.entries.push(entry);
        }
        false
    }

    fn page(&mut self, next: Option<Position>) -> Page<MaskedEntry, Position> {
        Page { items: std::mem::take(&mut self.entries), next }
    }
}

/// Returns the most bytes of an entry with this message, as JSON in a text in JSON.
fn response_size(message: &str) -> usize {
    const AROUND: usize = 150;
    let size = |byte| match byte {
        0..=31 => r"\\u0001".len(),
        b'"' | b'\\' => r#"\\\""#.len(),
        _ => 1,
    };
    AROUND + message.bytes().map(size).sum::<usize>()
}
