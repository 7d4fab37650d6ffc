//! Putting a report on its queue.

use aws_sdk_sqs::{Client, error::DisplayErrorContext};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::Sender;

/// How far ahead of ours a sender's clock may be.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// The most bytes of a queued message. A request's body is smaller, and what we write of it is no longer
/// than what came, but for three things: the normal form of times, markers in masked text (`token=x`
/// becomes `token=[token]`, nearly twice as long), and the two characters that queues refuse. A body made
/// of such would exceed it, so the message itself is measured.
pub const MAX_QUEUED: usize = 256 * 1024;

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

/// The queue did not take the report.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It has more than [`MAX_QUEUED`] bytes as it would be queued.
    #[error("a report has at most {MAX_QUEUED} bytes when it is queued")]
    TooLarge,
    /// It may be sent again with the same key.
    #[error("the queue did not answer: {0}")]
    Unavailable(String),
}

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
    /// When it is too large, or the queue does not take it.
    pub async fn send(&self, sender: &Sender, key: &str, report: &impl Serialize) -> Result<String, SendError> {
        let body = message_body(report)?;
        let request = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_group_id(sender.to_string())
            .message_deduplication_id(key)
            .message_body(body);
        let sent =
            request.send().await.map_err(|error| SendError::Unavailable(DisplayErrorContext(error).to_string()))?;
        Ok(sent.message_id.unwrap_or_default())
    }
}

/// The JSON of `report`. U+FFFE and U+FFFF, which SQS refuses, can only be within its texts: there they
/// are escaped.
fn message_body(report: &impl Serialize) -> Result<String, SendError> {
    let body = serde_json::to_string(report).map_err(|error| SendError::Unavailable(error.to_string()))?;
    let body = body.replace('\u{FFFE}', "\\uFFFE").replace('\u{FFFF}', "\\uFFFF");
    if body.len() > MAX_QUEUED { Err(SendError::TooLarge) } else { Ok(body) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queued_message_has_what_the_report_had_and_fits() {
        let body = message_body(&["a\u{FFFE}\u{FFFF}õ\u{1}"]).expect("it fits");
        assert!(body.chars().all(|c| !matches!(c, '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')), "{body:?}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&body).ok(), Some(["a\u{FFFE}\u{FFFF}õ\u{1}".to_owned()]));
        assert!(message_body(&"x".repeat(MAX_QUEUED - 2)).is_ok());
        assert!(matches!(message_body(&"x".repeat(MAX_QUEUED - 1)), Err(SendError::TooLarge)));
    }

    #[test]
    fn a_time_may_be_a_clocks_fault_ahead() {
        let now = Timestamp::UNIX_EPOCH;
        let ahead = |seconds| now + SignedDuration::from_secs(seconds);
        assert_eq!(check_times([ahead(-86400), ahead(0), ahead(300)], now), Ok(()));
        assert_eq!(check_times([ahead(0), ahead(301)], now), Err(InTheFuture(1)));
    }
}
