//! Putting a report on its queue.

use aws_sdk_sqs::{Client, error::DisplayErrorContext};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::Sender;

/// How far ahead of ours a sender's clock may be.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// One FIFO queue.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

/// What a sender gets for a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// How many entries were taken.
    pub accepted: usize,
    /// The queue's id of the message.
    pub message_id: String,
}

/// The queue did not take the report; it may be sent again with the same key.
#[derive(Debug, thiserror::Error)]
#[error("the queue did not answer: {0}")]
pub struct QueueUnavailable(String);

/// The entry at this place has a time too far in the future.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time is at most 5 minutes in the future")]
pub struct InTheFuture(pub usize);

/// Checks that none of the `times` is more than a clock's fault ahead of `now`.
///
/// # Errors
/// The place of the first that is.
pub fn check_times(times: impl IntoIterator<Item = Timestamp>, now: Timestamp) -> Result<(), InTheFuture> {
    match times.into_iter().position(|at| at > now + AHEAD) {
        None => Ok(()),
        Some(place) => Err(InTheFuture(place)),
    }
}

impl Queue {
    /// The queue at `url`.
    #[must_use]
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Sends `report` of `sender`; the same `key` within five minutes is taken once.
    ///
    /// # Errors
    /// When the queue does not take it.
    pub async fn send(&self, sender: &Sender, key: &str, report: &impl Serialize) -> Result<String, QueueUnavailable> {
        let body = serde_json::to_string(report).map_err(|error| QueueUnavailable(error.to_string()))?;
        let request = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_group_id(sender.to_string())
            .message_deduplication_id(key)
            .message_body(body);
        let sent = request.send().await.map_err(|error| QueueUnavailable(DisplayErrorContext(error).to_string()))?;
        Ok(sent.message_id.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_be_a_clocks_fault_ahead() {
        let now = Timestamp::UNIX_EPOCH;
        let ahead = |seconds| now + SignedDuration::from_secs(seconds);
        assert_eq!(check_times([ahead(-86400), ahead(0), ahead(300)], now), Ok(()));
        assert_eq!(check_times([ahead(0), ahead(301)], now), Err(InTheFuture(1)));
    }
}
