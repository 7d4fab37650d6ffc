//! Reports to CentOps so that each entry counts once: the HTTP codes that a DMR got from chatbots (`POST /codes`), or other
//! batches, such as log entries (`POST /logs`).
//!
//! A [`Spool`] stores each batch as one record, on disk or in memory. A [`Sender`] sends the records in order, to any
//! operation that has an idempotency key. For codes, a [`Batcher`] collects them until a batch is due, a [`Reporter`] is
//! a sender with heartbeats, and a [`Recorder`] is a batcher and a reporter for a DMR that sends messages itself.
//!
//! # Exactly once
//!
//! A record has the batch, its idempotency key, and the read position of the batch's source (for example the offset in a
//! log file). It is written atomically, so a crash neither loses nor repeats a part of the source: after a restart the
//! source is read from [`Spool::source`].
//!
//! CentOps certainly recognises an idempotency key for five minutes. Until [`Limits::key_life`] (default: 4.5 min) a
//! batch whose answer was lost is sent again with the same key. After that it is dropped, because it could count twice.
//! A batch that certainly did not arrive is kept for [`Limits::max_age`], up to [`Limits::max_bytes`]: then the oldest batch
//! makes room, or a new one is refused ([`WhenFull`]).
//!
//! | result of a request | the batch | next |
//! |---|---|---|
//! | 2xx | arrived | removed |
//! | no connection (refused, no name, failed TLS handshake), 429 | did not arrive | same key, later |
//! | any 5xx, 408, no answer after the connection | may have arrived | same key, later, until the key's life ends |
//! | any other status | refused | set aside in `rejected/` and counted |
//!
//! 503 is in the third row: API Gateway also returns it when a function timed out, and the function when it could not
//! store the receipt of a batch that it had queued.
//!
//! Every dropped entry is counted under a [`DropReason`], durably.

mod batcher;
mod code;
mod error;
mod folder;
mod record;
mod recorder;
mod reporter;
mod response;
mod sender;
mod spool;
mod state;

pub use batcher::{BATCH_SIZE, Batcher};
pub use code::{Code, Failure, Outcome};
pub use error::SpoolError;
pub use record::Record;
pub use recorder::Recorder;
pub use reporter::Reporter;
pub use response::Arrival;
pub use sender::{Progress, Sender};
pub use spool::{Batch, Limits, Spool, SpoolStatus, WhenFull};
pub use state::{Counts, DropReason};
