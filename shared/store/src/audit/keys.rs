//! Every key and attribute name of the audit table.
//!
//! | item | `pk` | `sk` |
//! |---|---|---|
//! | record | day, UTC | time, RFC 3339 with nine digits of the second `#` id |
//!
//! The indexes `chatbot` and `person` hold, by `sk`, the records that have that attribute.

use centops_domain::audit::{RETENTION, Record};
use jiff::{Timestamp, civil::Date, tz::Offset};

use crate::{
    StoreError,
    item::{self, Item},
    keys,
};

/// The index of what was done to a chatbot, or by one, and its partition key.
pub const CHATBOT: &str = "chatbot";
/// The index of what a person did, and its partition key.
pub const PERSON: &str = "person";
/// The record, as JSON.
pub const RECORD: &str = "record";

/// The most bytes of a person that an index takes as its key; no issuer comes near it.
const LONGEST_PERSON: usize = 1024;

/// The item of `record`. A record whose person cannot be a key is found by its time alone.
pub(crate) fn item_of(record: &Record) -> Result<Item, StoreError> {
    let json = serde_json::to_string(record).map_err(StoreError::unreadable)?;
    let mut item = keys::key(date(record.at).to_string(), sk(record));
    item.insert(RECORD.to_owned(), keys::text(json));
    item.insert(keys::EXPIRES.to_owned(), keys::number((record.at + RETENTION).as_second()));
    if let Some(chatbot) = record.chatbot() {
        item.insert(CHATBOT.to_owned(), keys::text(chatbot.as_str()));
    }
    if let Some(person) = record.person().filter(|person| (1..=LONGEST_PERSON).contains(&person.len())) {
        item.insert(PERSON.to_owned(), keys::text(person));
    }
    Ok(item)
}

pub(crate) fn record_of(item: &Item) -> Result<Record, StoreError> {
    serde_json::from_str(item::text_of(item, RECORD)?).map_err(StoreError::unreadable)
}

/// The day of `at`: its partition.
pub(crate) fn date(at: Timestamp) -> Date {
    Offset::UTC.to_datetime(at).date()
}

/// The sort key of `record`.
pub(crate) fn sk(record: &Record) -> String {
    format!("{}#{}", time(record.at), record.id)
}

/// Nine digits of the second, always, so that texts sort as times do; it sorts before every record of `at`.
pub(crate) fn time(at: Timestamp) -> String {
    format!("{at:.9}")
}
