//! Logs of chatbots: masked, kept for 14 days, read newest first.
//!
//! An item holds the entries of one message from one minute. Its key follows from the message, so a message that is
//! delivered again writes the same items. Several messages may contribute to a minute, so a reader reads a minute
//! completely and then sorts it.

mod key;
mod page;
mod position;
mod query;
mod receipts;
mod store;

pub use position::{InvalidPosition, Position};
pub use query::LogQuery;
pub use receipts::StoredReceipt;
pub use store::LOG_RETENTION;
