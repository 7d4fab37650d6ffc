//! Reports on their way through the queues.
//!
//! `submit-…` check a report and [`send`] it; `ingest-…` [`receive`] it and fold it into the health of
//! the chatbots that it is about. One message is one report; its group is its sender, so that the
//! sequence numbers of one sender grow, and its deduplication id is the sender's `Idempotency-Key`.

mod receive;
mod send;
mod sender;

pub use receive::{Reports, ingest};
pub use send::{InTheFuture, Queue, QueueUnavailable, Receipt, check_times};
pub use sender::{InvalidSender, Sender};
