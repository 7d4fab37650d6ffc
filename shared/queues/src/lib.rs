//! Reports on their way through the queues.
//!
//! `submit-…` check a report and [`send`] it; `ingest-…` [`receive`] it, fold it into the health of the
//! chatbots that it is about, and keep its log entries. One message is one report; its group is its sender, so that the
//! sequence numbers of one sender grow, and its deduplication id is the sender's `Idempotency-Key`.

mod receive;
mod send;
mod sender;

pub use receive::{Reports, ingest};
pub use send::{InTheFuture, MAX_QUEUED, Queue, Receipt, SendError, check_times};
pub use sender::{InvalidSender, Sender};
