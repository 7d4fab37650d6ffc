//! Queues: the report queues between the Network API and the health of chatbots, and queues of work.
//!
//! The `submit-…` functions check a report and send it to a [`Queue`]. An [`Ingester`] in the `ingest-…`
//! functions takes its messages: it folds each report into the health of its chatbots and stores its log entries. What
//! of a DMR's report cannot be saved is parked by chatbot, and a [`ParkedIngester`] tries it again.
//!
//! One message is one report. Its group is its sender, so the sequence numbers of a sender grow, which the watermarks
//! in the health items rely on. Its deduplication id is a hash of the sender and its
//! `Idempotency-Key`.
//!
//! A [`WorkQueue`] carries work between functions: probes, notifications, incidents.

mod incidents;
mod ingest;
mod parked;
mod save;
mod send;
mod sender;
mod source;
mod work;

pub use incidents::{CorrelateIncidents, FollowIncident, PostIncident};
pub use ingest::{Ingester, Report};
pub use parked::{ParkedBatch, ParkedIngester, Parking};
pub use send::{MAX_MESSAGE_BYTES, Queue, Receipt, SendError, TimeInFuture, check_times};
pub use sender::{InvalidSender, Sender};
pub use source::Source;
pub use work::{GroupedMessage, MAX_DELAY, WorkQueue, WorkQueueError, redeliver};
