//! The messages that hand out work to the prober: sweeps of the recovery lane, and batches of due items.
//!
//! Nothing relies on a message arriving. A sweep reads the index by time, so the next one hands out again what a lost
//! message was about, and the leases of the prober make a second hand-out a read. Messages therefore have a short life
//! and no dead-letter queue.

use aws_sdk_sqs::{Client, error::DisplayErrorContext, types::SendMessageBatchRequestEntry};
use centops_domain::health::Lane;
use centops_store::health::DueEntry;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The time from one sweep of the recovery lane to the next.
pub const SWEEP_INTERVAL: SignedDuration = SignedDuration::from_secs(5);
/// The most items of one message: the prober has all of them in flight at once.
pub const BATCH_ITEMS: usize = 100;
/// The most messages that SQS takes in one request.
const REQUEST_MESSAGES: usize = 10;

/// A sweep of the recovery lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sweep {
    /// The time for which it is planned: a multiple of [`SWEEP_INTERVAL`]. The times of all sweeps tile time, so each
    /// item is handed out by one of them, however late a message arrives.
    pub at: Timestamp,
}

/// A batch of due items for one run of the prober.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handout {
    /// The lane.
    pub lane: Lane,
    /// The time from which a later sweep has handed the items out again: the message is void.
    pub until: Timestamp,
    /// The items, by time.
    pub due: Vec<DueEntry>,
}

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

/// Messages could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// A message has no JSON form.
    #[error("message without a JSON form: {0}")]
    Form(#[from] serde_json::Error),
    /// The queue did not accept the messages. The next sweep sends what is due again.
    #[error("the queue did not accept the messages: {0}")]
    Unavailable(String),
}

impl Queue {
    /// Returns the queue at `url`.
    #[must_use]
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Sends `messages`, each with its delay in seconds.
    ///
    /// # Errors
    /// When a request fails, or the queue refuses one of its messages. The messages before it are sent.
    pub async fn send<M: Serialize>(&self, messages: &[(M, i32)]) -> Result<(), SendError> {
        for request in messages.chunks(REQUEST_MESSAGES) {
            let entries = (0..).zip(request).map(|(id, (message, delay))| entry(id, message, *delay));
            let entries = entries.collect::<Result<Vec<_>, _>>()?;
            let sent = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries)).send().await;
            let sent = sent.map_err(|error| SendError::Unavailable(DisplayErrorContext(error).to_string()))?;
            if let Some(refused) = sent.failed.first() {
                return Err(SendError::Unavailable(refused.code.clone()));
            }
        }
        Ok(())
    }
}

fn entry(id: usize, message: &impl Serialize, delay: i32) -> Result<SendMessageBatchRequestEntry, SendError> {
    let body = serde_json::to_string(message)?;
    let entry = SendMessageBatchRequestEntry::builder().id(id.to_string()).message_body(body).delay_seconds(delay);
    entry.build().map_err(|error| SendError::Unavailable(error.to_string()))
}

/// Reads the body of a message. One that cannot be read is logged and dropped.
pub fn read<M: DeserializeOwned>(body: Option<&str>) -> Option<M> {
    match serde_json::from_str(body.unwrap_or_default()) {
        Ok(message) => Some(message),
        Err(error) => {
            tracing::error!(%error, "failed to read a message, dropped it");
            None
        }
    }
}

/// Returns the hand-outs of `due`, which are valid until `until`.
#[must_use]
pub fn hand_out(lane: Lane, due: &[DueEntry], until: Timestamp) -> Vec<(Handout, i32)> {
    due.chunks(BATCH_ITEMS).map(|due| (Handout { lane, until, due: due.to_vec() }, 0)).collect()
}

/// Returns the milliseconds for which the first of `due` has been due at `now`.
#[must_use]
pub fn oldest_due_ms(due: &[DueEntry], now: Timestamp) -> i64 {
    due.first().map_or(0, |entry| (now.as_millisecond() - entry.at.as_millisecond()).max(0))
}
