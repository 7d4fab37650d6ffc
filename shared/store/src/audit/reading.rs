//! Reading the trail, newest first.

use std::{fmt, str::FromStr};

use aws_sdk_dynamodb::operation::query::QueryOutput;
use centops_domain::{
    audit::{RETENTION, Record},
    chatbots::Name,
};
use jiff::Timestamp;

use super::{Audit, keys};
use crate::{
    StoreError,
    item::{self, Item},
    keys::{PK, SK, text},
};

/// The most records of one page.
pub const LARGEST_PAGE: u16 = 200;

/// The most queries for one page, and the bytes of records after which it ends. An answer has up to 6 MB,
/// and a record's quotes are escaped in it.
const MOST_QUERIES: usize = 40;
const MOST_ANSWERED: usize = 2_500_000;
/// Items of one query at the least: a filter may leave few of them.
const FEWEST_ITEMS: usize = 32;

/// Which records are asked for.
#[derive(Clone, Debug)]
pub struct AuditQuery {
    /// Of this time or later.
    pub from: Timestamp,
    /// Before this time.
    pub to: Timestamp,
    /// What was done to this chatbot, or by it.
    pub chatbot: Option<Name>,
    /// What this person did.
    pub person: Option<String>,
    /// So many at most: up to [`LARGEST_PAGE`].
    pub limit: usize,
    /// Those that come after this place: the `next` of the page before.
    pub after: Option<Place>,
}

/// One page of the trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// Newest first. May be fewer than asked for, or none, while there is a next page.
    pub records: Vec<Record>,
    /// Where the next page starts; none on the last.
    pub next: Option<Place>,
}

/// A place in the trail, and where the list ends that it is of. As text: both, for cursors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    from: Timestamp,
    at: Timestamp,
    /// The sort key of the last record before the place, or a time before which no record was seen.
    sk: String,
}

/// A text that is not a [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the audit trail")]
pub struct InvalidPlace;

impl Place {
    /// Where the list ends: the time of its oldest records.
    #[must_use]
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// The time of the place: what comes after it is of this time or earlier.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    fn new(from: Timestamp, sk: &str) -> Result<Self, InvalidPlace> {
        let (time, _) = sk.split_once('#').unwrap_or((sk, ""));
        let at: Timestamp = time.parse().map_err(|_| InvalidPlace)?;
        if keys::time(at) == time { Ok(Self { from, at, sk: sk.to_owned() }) } else { Err(InvalidPlace) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", keys::time(self.from), self.sk)
    }
}

impl FromStr for Place {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        let (from, sk) = text.split_once('/').ok_or(InvalidPlace)?;
        Self::new(from.parse().map_err(|_| InvalidPlace)?, sk)
    }
}

impl Audit {
    /// A page of what `query` asks for, of the 400 days before `now`. By time alone it is strongly
    /// consistent, a read unit for each 4 KB; by chatbot or person it lags behind by a moment, for half
    /// of that. At most 40 queries.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn records(&self, query: &AuditQuery, now: Timestamp) -> Result<AuditPage, StoreError> {
        let from = query.from.max(now - RETENTION);
        let (newest, mut seen) = match &query.after {
            Some(place) if place.at < query.to => (place.at, place.sk.clone()),
            _ => (query.to, keys::time(query.to)),
        };
        let mut reading = Reading { query, from, records: Vec::new(), answered: 0, last: None };
        if newest < from {
            return Ok(reading.page(None));
        }
        let range = [keys::time(from), seen.clone()];
        let mut queries = 0;
        for part in Part::all(query, from, newest) {
            let mut start = None;
            loop {
                if queries == MOST_QUERIES {
                    return Ok(reading.page(Some(&seen)));
                }
                queries += 1;
                let answer = self.query(query, &part, &range, start).await?;
                for item in answer.items.unwrap_or_default() {
                    if reading.take(&item)? {
                        let last = reading.last.take();
                        return Ok(reading.page(last.as_deref()));
                    }
                }
                start = answer.last_evaluated_key;
                let Some(key) = &start else { break };
                item::text_of(key, SK)?.clone_into(&mut seen);
            }
            seen = part.start(from);
        }
        Ok(reading.page(None))
    }

    async fn query(
        &self,
        query: &AuditQuery,
        part: &Part,
        [oldest, newest]: &[String; 2],
        start: Option<Item>,
    ) -> Result<QueryOutput, StoreError> {
        let items = i32::try_from((query.limit + 1).max(FEWEST_ITEMS)).unwrap_or(i32::MAX);
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .set_index_name(part.index.map(str::to_owned))
            .consistent_read(part.index.is_none())
            .key_condition_expression("#key = :key AND sk BETWEEN :oldest AND :newest")
            .expression_attribute_names("#key", part.index.unwrap_or(PK))
            .expression_attribute_values(":key", text(&part.key))
            .expression_attribute_values(":oldest", text(oldest))
            .expression_attribute_values(":newest", text(newest))
            .scan_index_forward(false)
            .limit(items)
            .set_exclusive_start_key(start);
        let request = match (&query.chatbot, part.index) {
            (Some(chatbot), Some(keys::PERSON)) => request
                .filter_expression("chatbot = :chatbot")
                .expression_attribute_values(":chatbot", text(chatbot.as_str())),
            _ => request,
        };
        request.send().await.map_err(|error| StoreError::unavailable(&error))
    }
}

/// What one query after the other reads: a day, or all of a chatbot or a person.
struct Part {
    /// The index, which has the name of its key; without one, the table.
    index: Option<&'static str>,
    key: String,
}

impl Part {
    /// The parts that have the records of `query` between these times, the newest first.
    fn all(query: &AuditQuery, from: Timestamp, newest: Timestamp) -> Vec<Self> {
        match (&query.person, &query.chatbot) {
            (Some(person), _) => vec![Self { index: Some(keys::PERSON), key: person.clone() }],
            (None, Some(chatbot)) => vec![Self { index: Some(keys::CHATBOT), key: chatbot.to_string() }],
            (None, None) => {
                let (first, last) = (keys::date(from), keys::date(newest));
                let days = std::iter::successors(Some(last), |day| day.yesterday().ok());
                let days = days.take_while(|day| *day >= first);
                days.map(|day| Self { index: None, key: day.to_string() }).collect()
            }
        }
    }

    /// Sorts before everything that the part has, of `from` or later.
    fn start(&self, from: Timestamp) -> String {
        match self.index {
            Some(_) => keys::time(from),
            None => format!("{}T00:00:00.000000000Z", self.key),
        }
    }
}

/// A page in the making.
struct Reading<'a> {
    query: &'a AuditQuery,
    from: Timestamp,
    records: Vec<Record>,
    answered: usize,
    /// The sort key of the last record.
    last: Option<String>,
}

impl Reading<'_> {
    /// Takes the record of `item`; true when it has no room.
    fn take(&mut self, item: &Item) -> Result<bool, StoreError> {
        let sk = item::text_of(item, SK)?;
        if self.query.after.as_ref().is_some_and(|place| sk >= place.sk.as_str()) {
            return Ok(false);
        }
        let size = item::text_of(item, keys::RECORD)?.len();
        let is_full = self.records.len() >= self.query.limit || self.answered + size > MOST_ANSWERED;
        if is_full && !self.records.is_empty() {
            return Ok(true);
        }
        self.answered += size;
        self.last = Some(sk.to_owned());
        self.records.push(keys::record_of(item)?);
        Ok(false)
    }

    /// The page, with the place after `seen` as the next.
    fn page(self, seen: Option<&str>) -> AuditPage {
        let next = seen.and_then(|sk| Place::new(self.from, sk).ok());
        AuditPage { records: self.records, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_back_as_written() {
        let start = "2026-11-21T00:00:00.000000000Z";
        for sk in [start, "2026-11-21T09:00:00.123456789Z#7f9c-1#x/y"] {
            let place = Place::new(Timestamp::UNIX_EPOCH, sk).expect("a place");
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        let short = format!("{start}/2026-11-21T09:00:00Z#1");
        for bad in ["", "/", start, "yesterday/2026-11-21T00:00:00.000000000Z", &short] {
            assert_eq!(bad.parse::<Place>(), Err(InvalidPlace), "{bad}");
        }
    }
}
