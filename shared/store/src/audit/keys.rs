//! Every key and attribute name of the audit table.
//!
//! | item | `pk` | `sk` |
//! |---|---|---|
//! | record | day, UTC | time, RFC 3339 with nine digits of the second `#` id |
//!
//! The indexes `chatbot` and `person` hold, by `sk`, the records that have that attribute.

use centops_domain::audit::{RETENTION, Record};

use crate::{
    StoreError,
    attributes::EXPIRES,
    table::{self, Item},
};

/// Name and partition key of the index of records by chatbot: its own actions and the actions on it.
pub const CHATBOT: &str = "chatbot";
/// Name and partition key of the index of records by acting person.
pub const PERSON: &str = "person";
/// The record, as JSON.
pub const RECORD: &str = "record";

/// The longest person, in bytes, that is a key of the index. No issuer's identifiers come near it.
const LONGEST_PERSON: usize = 1024;

/// Returns the item of `record`. A record whose person cannot be an index key is found by time only.
pub(crate) fn record_item(record: &Record) -> Result<Item, StoreError> {
    let json = serde_json::to_string(record).map_err(StoreError::unreadable)?;
    let mut item = table::key(table::date(record.at).to_string(), table::time_sk(record.at, &record.id));
    item.insert(RECORD.to_owned(), table::text(json));
    item.insert(EXPIRES.to_owned(), table::expiry(record.at, RETENTION));
    if let Some(chatbot) = record.chatbot() {
        item.insert(CHATBOT.to_owned(), table::text(chatbot.as_str()));
    }
    if let Some(person) = record.person().filter(|person| (1..=LONGEST_PERSON).contains(&person.len())) {
        item.insert(PERSON.to_owned(), table::text(person));
    }
    Ok(item)
}
