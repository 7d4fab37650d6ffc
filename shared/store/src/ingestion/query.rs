//! Queries of a log.

use centops_domain::{
    chatbots::Name,
    ingestion::{LogLevel, MaskedEntry},
};
use jiff::Timestamp;

use super::{
    key,
    page::{LogFilter, PageBuilder},
    position::Position,
    store::LOG_RETENTION,
};
use crate::{Page, Store, StoreError};

/// The fewest items of one query. A filter may drop most of them.
const FEWEST_ITEMS: usize = 64;

/// A query of a log.
#[derive(Clone, Debug, Default)]
pub struct LogQuery {
    /// The earliest time, inclusive.
    pub from: Option<Timestamp>,
    /// The latest time, exclusive.
    pub to: Option<Timestamp>,
    /// The lowest level.
    pub level: Option<LogLevel>,
    /// A text that the message must contain, in any case.
    pub text: Option<String>,
    /// The most entries of the page.
    pub limit: usize,
    /// The position at which the page starts: the `next` of the previous page.
    pub after: Option<Position>,
}

impl Store {
    /// Returns a page of the entries of `query` from the 14 days before `now`, newest first, of the chatbot that was
    /// enrolled under `name` at `enrolled`.
    ///
    /// Eventually consistent; half a read unit for each 4 KB read. It reads until the page is full, at least one minute
    /// of the log, and at most 4 MB or 40 queries.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn logs(
        &self,
        name: &Name,
        enrolled: Timestamp,
        query: &LogQuery,
        now: Timestamp,
    ) -> Result<Page<MaskedEntry, Position>, StoreError> {
        let oldest = query.from.unwrap_or(enrolled).max(enrolled).max(now - LOG_RETENTION);
        let newest = [query.to, query.after.map(|position| position.at)].into_iter().flatten().min();
        if newest.is_some_and(|newest| newest < oldest) {
            return Ok(Page::default());
        }
        let items = i32::try_from((query.limit + 1).max(FEWEST_ITEMS)).unwrap_or(i32::MAX);
        let request = self
            .table
            .query_range(&key::log_pk(name, enrolled), key::oldest_sk(oldest), key::newest_sk(newest))
            .scan_index_forward(false)
            .limit(items);
        let filter = LogFilter {
            oldest,
            to: query.to,
            level: query.level,
            text: query.text.as_deref().map(str::to_lowercase),
            after: query.after,
        };
        let mut page = PageBuilder::new(filter, query.limit);
        let mut start = None;
        loop {
            let output = request.clone().set_exclusive_start_key(start).send().await;
            let output = output.map_err(|error| StoreError::unavailable(&error))?;
            for item in output.items.unwrap_or_default() {
                if let Some(page) = page.add(&item)? {
                    return Ok(page);
                }
            }
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(page.finish());
            }
            page.count_query();
        }
    }
}
