//! Merges partitions of events, each in the order of its sort keys, into one page.

use std::collections::VecDeque;

use centops_domain::alerts::{Event, EventType};
use futures::{StreamExt, TryStreamExt, stream};

use super::query::{Bounds, EventQuery};
use crate::{
    Page, StoreError, attributes,
    table::{Item, Position, Table, json_of, text, text_of, time},
};

/// The most steps of a page. In each step all partitions are read from which the next event could come.
const MOST_STEPS: usize = 10;
/// The most concurrent queries.
const CONCURRENCY: usize = 16;
/// The fewest items of one query: some 4 KB, which is the least that is paid for.
const FEWEST_ITEMS: usize = 8;
/// The fewest items of one query if a filter may drop most of them.
const FEWEST_FILTERED_ITEMS: usize = 64;
/// The bytes of events after which a page ends. A response has up to 6 MB, and the quotes of an event are escaped in it.
const MOST_BYTES: usize = 2_500_000;

/// Partitions whose events are merged.
pub(super) struct Group {
    sources: Vec<Source>,
    /// A sort key before every event of the group; `None` if no group follows.
    start: Option<String>,
}

impl Group {
    /// Returns `partitions` of the index by day, whose events sort after `start`.
    pub(super) fn of_index(partitions: Vec<String>, start: String) -> Self {
        let source = |partition| Source::new(partition, Some(attributes::EVENT_DAY));
        Self { sources: partitions.into_iter().map(source).collect(), start: Some(start) }
    }

    /// Returns `partitions` of the table.
    pub(super) fn of_subjects(partitions: Vec<String>) -> Self {
        Self { sources: partitions.into_iter().map(|partition| Source::new(partition, None)).collect(), start: None }
    }

    /// Returns whether every event is taken.
    fn is_taken(&self) -> bool {
        self.sources.iter().all(|source| source.is_read && source.items.is_empty())
    }

    /// Takes the newest event with its sort key, unless a partition has to be read to know it.
    fn take_newest(&mut self) -> Option<(String, Item)> {
        if self.sources.iter().any(Source::is_due) {
            return None;
        }
        let newest = self.sources.iter_mut().filter(|source| !source.items.is_empty());
        newest.max_by(|a, b| a.newest().cmp(&b.newest()))?.items.pop_front()
    }
}

/// A partition that is being read.
struct Source {
    partition: String,
    /// The index, which has the name of its partition key; `None` for the table.
    index: Option<&'static str>,
    /// The events that were read and not taken, newest first, with their sort keys.
    items: VecDeque<(String, Item)>,
    /// The key after which the partition is read on.
    start: Option<Item>,
    is_read: bool,
}

impl Source {
    fn new(partition: String, index: Option<&'static str>) -> Self {
        Self { partition, index, items: VecDeque::new(), start: None, is_read: false }
    }

    fn newest(&self) -> Option<&str> {
        self.items.front().map(|(sk, _)| sk.as_str())
    }

    /// Returns whether it has to be read.
    fn is_due(&self) -> bool {
        self.items.is_empty() && !self.is_read
    }

    /// Reads up to `limit` more events between `bounds`.
    async fn read(&mut self, table: &Table, bounds: &Bounds, limit: i32) -> Result<(), StoreError> {
        let output = table
            .query()
            .set_index_name(self.index.map(str::to_owned))
            .key_condition_expression("#key = :key AND sk BETWEEN :from AND :end")
            .expression_attribute_names("#key", self.index.unwrap_or(attributes::PK))
            .expression_attribute_values(":key", text(&self.partition))
            .expression_attribute_values(":from", text(time(bounds.from)))
            .expression_attribute_values(":end", text(&bounds.end))
            .scan_index_forward(false)
            .limit(limit)
            .set_exclusive_start_key(self.start.take())
            .send()
            .await
            .map_err(|error| StoreError::unavailable(&error))?;
        for item in output.items.unwrap_or_default() {
            let sk = text_of(&item, attributes::SK)?.to_owned();
            // BETWEEN includes its end.
            if sk < bounds.end {
                self.items.push_back((sk, item));
            }
        }
        self.start = output.last_evaluated_key;
        self.is_read = self.start.is_none();
        Ok(())
    }
}

/// Returns a page of the events of `query` between `bounds`, from `groups`, the newest group first: those that `shows`
/// includes.
pub(super) async fn read_page(
    table: &Table,
    query: &EventQuery,
    bounds: &Bounds,
    groups: impl IntoIterator<Item = Group>,
    shows: impl Fn(&Event) -> bool,
) -> Result<Page<Event, Position>, StoreError> {
    if time(bounds.from) > bounds.end {
        return Ok(Page::default());
    }
    let mut page = PageBuilder { query, shows, events: Vec::new(), bytes: 0, read_to: bounds.end.clone() };
    let mut steps = 0;
    for mut group in groups {
        while !group.is_taken() {
            // What follows a full page is left to the next page.
            if steps == MOST_STEPS || page.is_full() {
                return page.finish(bounds);
            }
            steps += 1;
            let limit = query_limit(query, group.sources.len());
            let due = group.sources.iter_mut().filter(|source| source.is_due());
            let reads: Vec<_> = due.map(|source| source.read(table, bounds, limit)).collect();
            stream::iter(reads).buffer_unordered(CONCURRENCY).try_collect::<()>().await?;
            while let Some((sk, item)) = group.take_newest() {
                if page.add(sk, &item)? == Added::Full {
                    return page.finish(bounds);
                }
            }
        }
        if let Some(start) = group.start {
            page.read_to = start;
        }
    }
    Ok(Page { items: page.events, next: None })
}

/// Returns the items to read from each of `sources` partitions: a page in all of them, and as many again, because the
/// events of a page are not spread evenly. From a single one: a page, the event at the position, and the one that tells
/// whether another page follows.
fn query_limit(query: &EventQuery, sources: usize) -> i32 {
    let page = query.limit + 2;
    let items = if sources == 1 { page } else { (2 * page).div_ceil(sources).max(FEWEST_ITEMS) };
    let items = if query.types.is_empty() { items } else { items.max(FEWEST_FILTERED_ITEMS) };
    i32::try_from(items).unwrap_or(i32::MAX)
}

/// Result of adding an event to a page.
#[derive(PartialEq, Eq)]
enum Added {
    /// The event was added, or the filter drops it.
    Yes,
    /// The page has no space for the event.
    Full,
}

/// Builds a page.
struct PageBuilder<'a, F> {
    query: &'a EventQuery,
    shows: F,
    events: Vec<Event>,
    bytes: usize,
    /// The sort key down to which the events were read.
    read_to: String,
}

impl<F: Fn(&Event) -> bool> PageBuilder<'_, F> {
    fn is_full(&self) -> bool {
        self.events.len() >= self.query.limit
    }

    /// Adds the event of `item`, which is the next one.
    fn add(&mut self, sk: String, item: &Item) -> Result<Added, StoreError> {
        let event: Event = json_of(item, attributes::EVENT)?;
        let types = &self.query.types;
        let is_of_type = types.is_empty() || types.contains(&EventType::from(&event.kind));
        if is_of_type && (self.shows)(&event) {
            let size = text_of(item, attributes::EVENT)?.len();
            if self.is_full() || (self.bytes + size > MOST_BYTES && !self.events.is_empty()) {
                return Ok(Added::Full);
            }
            self.bytes += size;
            self.events.push(event);
        }
        self.read_to = sk;
        Ok(Added::Yes)
    }

    /// Returns the page. The next page starts where the events were not read.
    fn finish(self, bounds: &Bounds) -> Result<Page<Event, Position>, StoreError> {
        let next = Position::new(bounds.from, &self.read_to).map_err(StoreError::unreadable)?;
        Ok(Page { items: self.events, next: Some(next) })
    }
}
