//! The primitives on the table: get, put, query by pages, and transactions.
//!
//! Guarantees:
//! - Reads are strongly consistent: they see every write that returned before. The exceptions are [`Table::get_with`],
//!   [`Table::query`] and [`Table::query_range`], unless the caller asks for it.
//! - A put or a delete holds only under its [`Condition`]; a version that was read before makes it a compare-and-set.
//! - A [`Transaction`] is written completely or not at all. With an audit record it is idempotent: if the record is
//!   stored already, the transaction was carried out before and counts as a success.
//! - A failed condition is reported with its position in the transaction and with the item that was found, so that a
//!   caller can tell the cases apart and continue without another read.
//!
//! This module knows the key attributes, the sort keys of lists by time, the version and the expiry. The areas know
//! everything else.

mod by_time;
mod client;
mod condition;
mod error;
mod item;
mod packed;
mod page;
mod transaction;
mod version;

pub(crate) use by_time::{date, start_of_day, time, time_sk};
pub(crate) use client::Table;
pub(crate) use condition::Condition;
pub(crate) use error::WriteError;
pub(crate) use item::{
    Item, Key, bytes, bytes_of, expiry, from_item, from_json_item, from_versioned_item, json_of, key, number,
    number_of, text, text_of, to_item, to_json_item, to_versioned_item,
};
pub(crate) use packed::{Packed, insert_packed, packed_of};
pub(crate) use transaction::{Rejection, Transaction, TransactionError, Writes, write_all};
pub(crate) use version::first_version;

pub use by_time::{InvalidPosition, Position};
pub use item::{IfMatch, Versioned};
pub use page::{Consistency, Page, UnknownConsistency};
pub(crate) use page::{collect, fetch_page};
