//! The report queues between the Network API and the health of chatbots.
//!
//! The `submit-…` functions check a report and send it to a [`Queue`]. The `ingest-…` functions [`ingest()`] its
//! messages: they fold each report into the health of its chatbots and store its log entries.
//!
//! One message is one report. Its group is its sender, so the sequence numbers of a sender grow, which the watermarks
//! in the health items rely on. Its deduplication id is a hash of the sender and its
//! `Idempotency-Key`.

mod ingest;
mod send;
mod sender;

pub use ingest::{Report, ingest};
pub use send::{MAX_MESSAGE_BYTES, Queue, Receipt, SendError, TimeInFuture, check_times};
pub use sender::{InvalidSender, Sender};
