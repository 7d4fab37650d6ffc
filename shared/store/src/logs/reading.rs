//! Making a page of items that come newest minute first.

use centops_domain::ingestion::MaskedEntry;
use jiff::Timestamp;

use super::{LogPage, LogQuery, MOST_QUERIES, MOST_READ, Place};
use crate::{
    StoreError,
    item::{self, Item},
    keys::{self, LogKey},
};

/// The most bytes of a page. A function's answer has up to 6 MB: JSON, with the page's JSON as a text in it.
const MOST_ANSWERED: usize = 5_000_000;

/// A page in the making.
pub(super) struct Reading<'a> {
    query: &'a LogQuery,
    /// The text that is looked for, in lower case.
    text: Option<String>,
    /// What is older is left out.
    oldest: Timestamp,
    page: Vec<MaskedEntry>,
    last: Option<Place>,
    /// The minute that is being read, and what it has for the page.
    minute: Option<i64>,
    found: Vec<(Place, MaskedEntry)>,
    answered: usize,
    read: usize,
    queries: usize,
}

impl<'a> Reading<'a> {
    pub(super) fn new(query: &'a LogQuery, oldest: Timestamp) -> Self {
        Self {
            query,
            text: query.text.as_deref().map(str::to_lowercase),
            oldest,
            page: Vec::new(),
            last: None,
            minute: None,
            found: Vec::new(),
            answered: 0,
            read: 0,
            queries: 1,
        }
    }

    /// Counts another query.
    pub(super) fn queried(&mut self) {
        self.queries += 1;
    }

    /// Takes the next item; gives the page when it is made before this item.
    pub(super) fn take(&mut self, item: &Item) -> Result<Option<LogPage>, StoreError> {
        let LogKey { minute, sequence, .. } = keys::log_key(item::text_of(item, keys::SK)?)?;
        if let Some(read) = self.minute.replace(minute).filter(|&read| read != minute) {
            if self.sort_in() || self.page.len() >= self.query.limit {
                return Ok(Some(self.made(self.last)));
            }
            if self.read >= MOST_READ || self.queries >= MOST_QUERIES {
                return Ok(Some(self.made(Place::before(read))));
            }
        }
        let text = item::text_of(item, keys::ENTRIES)?;
        self.read += text.len();
        let entries: Vec<(u16, MaskedEntry)> = serde_json::from_str(text).map_err(StoreError::unreadable)?;
        for (index, entry) in entries {
            let place = Place { at: entry.at, sequence, index };
            if self.asks_for(place, &entry) {
                self.found.push((place, entry));
            }
        }
        // A minute may have any size; what cannot come onto the page need not be held. One more shows
        // that there is more.
        if self.found.len() > 2 * self.query.limit {
            self.found.sort_unstable_by_key(|(place, _)| std::cmp::Reverse(*place));
            self.found.truncate(self.query.limit + 1);
        }
        Ok(None)
    }

    /// The page when there are no more items.
    pub(super) fn end(mut self) -> LogPage {
        let next = if self.sort_in() { self.last } else { None };
        self.made(next)
    }

    fn asks_for(&self, place: Place, entry: &MaskedEntry) -> bool {
        let query = self.query;
        entry.at >= self.oldest
            && query.to.is_none_or(|to| entry.at < to)
            && query.after.is_none_or(|after| place < after)
            && query.level.is_none_or(|level| entry.level >= level)
            && self.text.as_ref().is_none_or(|text| entry.message.to_lowercase().contains(text))
    }

    /// Puts what the minute has onto the page, in order; true when not all of it has room.
    fn sort_in(&mut self) -> bool {
        let mut found = std::mem::take(&mut self.found);
        found.sort_unstable_by_key(|(place, _)| std::cmp::Reverse(*place));
        for (place, entry) in found {
            let size = answered_size(&entry.message);
            let is_full = self.page.len() >= self.query.limit || self.answered + size > MOST_ANSWERED;
            if is_full && !self.page.is_empty() {
                return true;
            }
            self.answered += size;
            self.last = Some(place);
            self.page.push(entry);
        }
        false
    }

    fn made(&mut self, next: Option<Place>) -> LogPage {
        LogPage { entries: std::mem::take(&mut self.page), next }
    }
}

/// How many bytes an entry with this text has at the most, as JSON in a text in JSON.
fn answered_size(message: &str) -> usize {
    const AROUND: usize = 150;
    let size = |byte| match byte {
        0..=31 => r"\\u0001".len(),
        b'"' | b'\\' => r#"\\\""#.len(),
        _ => 1,
    };
    AROUND + message.bytes().map(size).sum::<usize>()
}

impl Place {
    /// The place after all entries of the minute that starts at `minute`: no sequence number is zero.
    fn before(minute: i64) -> Option<Self> {
        let at = Timestamp::from_millisecond(minute).ok()?;
        Some(Self { at, sequence: 0.into(), index: 0 })
    }
}
