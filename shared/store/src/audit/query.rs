//! Queries of the audit trail, newest record first.

use aws_sdk_dynamodb::operation::query::QueryOutput;
use centops_domain::{
    audit::{RETENTION, Record},
    chatbots::Name,
};
use jiff::Timestamp;

use super::{keys, trail::Audit};
use crate::{
    Page, StoreError,
    attributes::{PK, SK},
    table::{Item, Position, date, json_of, start_of_day, text, text_of, time},
};

/// The most queries for one page.
const MOST_QUERIES: usize = 40;
/// The bytes of records after which a page ends. A response has up to 6 MB, and the quotes of a record are escaped in
/// it.
const MOST_BYTES: usize = 2_500_000;
/// The fewest items of one query. A filter may drop most of them.
const FEWEST_ITEMS: usize = 32;

/// A query of the audit trail.
#[derive(Clone, Debug)]
pub struct AuditQuery {
    /// The earliest time, inclusive.
    pub from: Timestamp,
    /// The latest time, exclusive.
    pub to: Timestamp,
    /// Only records of this chatbot: its own actions and the actions on it.
    pub chatbot: Option<Name>,
    /// Only records of this acting person.
    pub person: Option<String>,
    /// The most records of the page.
    pub limit: usize,
    /// The position at which the page starts: the `next` of the previous page.
    pub after: Option<Position>,
}

impl Audit {
    /// Returns a page of the records of `query` from the 400 days before `now`, newest first.
    ///
    /// A query by time is strongly consistent and costs a read unit for each 4 KB. A query by chatbot or person lags
    /// behind by a moment and costs half. At most 40 queries.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn records(&self, query: &AuditQuery, now: Timestamp) -> Result<Page<Record, Position>, StoreError> {
        let from = query.from.max(now - RETENTION);
        let (newest, mut read_to) = match &query.after {
            Some(position) if position.at() < query.to => (position.at(), position.sk().to_owned()),
            _ => (query.to, time(query.to)),
        };
        let mut page = PageBuilder { query, from, records: Vec::new(), bytes: 0, last: None };
        if newest < from {
            return Ok(page.finish(None));
        }
        let range = [time(from), read_to.clone()];
        let mut queries = 0;
        for partition in Partition::all(query, from, newest) {
            let mut start = None;
            loop {
                if queries == MOST_QUERIES {
                    return Ok(page.finish(Some(&read_to)));
                }
                queries += 1;
                let output = self.query_partition(query, &partition, &range, start).await?;
                for item in output.items.unwrap_or_default() {
                    if page.add(&item)? == Added::Full {
                        let last = page.last.take();
                        return Ok(page.finish(last.as_deref()));
                    }
                }
                start = output.last_evaluated_key;
                let Some(key) = &start else { break };
                text_of(key, SK)?.clone_into(&mut read_to);
            }
            read_to = partition.start(from);
        }
        Ok(page.finish(None))
    }

    async fn query_partition(
        &self,
        query: &AuditQuery,
        partition: &Partition,
        [oldest, newest]: &[String; 2],
        start: Option<Item>,
    ) -> Result<QueryOutput, StoreError> {
        let items = i32::try_from((query.limit + 1).max(FEWEST_ITEMS)).unwrap_or(i32::MAX);
        let request = self
            .query()
            .set_index_name(partition.index.map(str::to_owned))
            .consistent_read(partition.index.is_none())
            .key_condition_expression("#key = :key AND sk BETWEEN :oldest AND :newest")
            .expression_attribute_names("#key", partition.index.unwrap_or(PK))
            .expression_attribute_values(":key", text(&partition.key))
            .expression_attribute_values(":oldest", text(oldest))
            .expression_attribute_values(":newest", text(newest))
            .scan_index_forward(false)
            .limit(items)
            .set_exclusive_start_key(start);
        let request = match (&query.chatbot, partition.index) {
            (Some(chatbot), Some(keys::PERSON)) => request
                .filter_expression("chatbot = :chatbot")
                .expression_attribute_values(":chatbot", text(chatbot.as_str())),
            _ => request,
        };
        request.send().await.map_err(|error| StoreError::unavailable(&error))
    }
}

/// A partition of the table (a day) or of an index (a chatbot or a person).
struct Partition {
    /// The index, which has the name of its key; `None` for the table.
    index: Option<&'static str>,
    key: String,
}

impl Partition {
    /// Returns the partitions with the records of `query` between `from` and `newest`, newest first.
    fn all(query: &AuditQuery, from: Timestamp, newest: Timestamp) -> Vec<Self> {
        match (&query.person, &query.chatbot) {
            (Some(person), _) => vec![Self { index: Some(keys::PERSON), key: person.clone() }],
            (None, Some(chatbot)) => vec![Self { index: Some(keys::CHATBOT), key: chatbot.to_string() }],
            (None, None) => {
                let (first, last) = (date(from), date(newest));
                let days = std::iter::successors(Some(last), |day| day.yesterday().ok());
                let days = days.take_while(|day| *day >= first);
                days.map(|day| Self { index: None, key: day.to_string() }).collect()
            }
        }
    }

    /// Returns a sort key that sorts before every record of the partition from `from` on.
    fn start(&self, from: Timestamp) -> String {
        match self.index {
            Some(_) => time(from),
            None => start_of_day(&self.key),
        }
    }
}

/// Result of adding an item to a page.
#[derive(PartialEq, Eq)]
enum Added {
    /// The item was added, or it lies before the page.
    Yes,
    /// The page has no space for the item.
    Full,
}

/// Builds a page.
struct PageBuilder<'a> {
    query: &'a AuditQuery,
    from: Timestamp,
    records: Vec<Record>,
    bytes: usize,
    /// The sort key of the last record.
    last: Option<String>,
}

impl PageBuilder<'_> {
    /// Adds the record of `item`.
    fn add(&mut self, item: &Item) -> Result<Added, StoreError> {
        let sk = text_of(item, SK)?;
        if self.query.after.as_ref().is_some_and(|position| sk >= position.sk()) {
            return Ok(Added::Yes);
        }
        let size = text_of(item, keys::RECORD)?.len();
        let is_full = self.records.len() >= self.query.limit || self.bytes + size > MOST_BYTES;
        if is_full && !self.records.is_empty() {
            return Ok(Added::Full);
        }
        self.bytes += size;
        self.last = Some(sk.to_owned());
        self.records.push(json_of(item, keys::RECORD)?);
        Ok(Added::Yes)
    }

    /// Returns the page. The next page starts after the sort key `read_to`.
    fn finish(self, read_to: Option<&str>) -> Page<Record, Position> {
        let next = read_to.and_then(|sk| Position::new(self.from, sk).ok());
        Page { items: self.records, next }
    }
}
