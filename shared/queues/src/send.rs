//! Sends reports to a queue.

use aws_sdk_sqs::{Client, error::DisplayErrorContext};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::Sender;

/// The accepted lead of a sender's clock over ours.
const MAX_CLOCK_LEAD: SignedDuration = SignedDuration::from_mins(5);

/// The maximum size of a queued message in bytes.
///
/// A request's body is smaller, but the queued form can be longer for three reasons: times in normal form, markers in
/// masked text (`token=x` becomes `token=[token]`, nearly twice as long), and escapes of the two characters that SQS
/// rejects. So the size of the message itself is checked.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// A FIFO queue.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

/// The response to a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The number of accepted entries.
    pub accepted: usize,
    /// The message id that the queue assigned.
    pub message_id: String,
}

/// The report was not queued.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The message would have more than [`MAX_MESSAGE_BYTES`] bytes.
    #[error("a report has at most {MAX_MESSAGE_BYTES} bytes when it is queued")]
    TooLarge,
    /// The request to the queue failed. The report may be sent again with the same key.
    #[error("the queue did not accept the message: {0}")]
    Unavailable(String),
}

/// The entry at this index has a time too far in the future.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time is at most 5 minutes in the future")]
pub struct TimeInFuture(pub usize);

/// Checks that each of the `times` is at most five minutes after `now`.
///
/// # Errors
/// The index of the first that is later.
pub fn check_times(times: impl IntoIterator<Item = Timestamp>, now: Timestamp) -> Result<(), TimeInFuture> {
    match times.into_iter().position(|at| at > now + MAX_CLOCK_LEAD) {
        None => Ok(()),
        Some(index) => Err(TimeInFuture(index)),
    }
}

impl Queue {
    /// Returns the queue at `url`.
    #[must_use]
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Sends `report` of `sender` and returns the message id. The queue drops a message with the same `key` within five
    /// minutes.
    ///
    /// # Errors
    /// When the report is too large, or the request to the queue fails.
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

/// Returns the JSON of `report`, with U+FFFE and U+FFFF escaped, because SQS rejects them. They can only occur in JSON
/// strings.
fn message_body(report: &impl Serialize) -> Result<String, SendError> {
    let body = serde_json::to_string(report).map_err(|error| SendError::Unavailable(error.to_string()))?;
    let body = body.replace('\u{FFFE}', "\\uFFFE").replace('\u{FFFF}', "\\uFFFF");
    if body.len() > MAX_MESSAGE_BYTES { Err(SendError::TooLarge) } else { Ok(body) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_body_escapes_characters_that_sqs_rejects_and_is_bounded() {
        let body = message_body(&["a\u{FFFE}\u{FFFF}õ\u{1}"]).expect("it fits");
        assert!(body.chars().all(|c| !matches!(c, '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')), "{body:?}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&body).ok(), Some(["a\u{FFFE}\u{FFFF}õ\u{1}".to_owned()]));
        assert!(message_body(&"x".repeat(MAX_MESSAGE_BYTES - 2)).is_ok());
        assert!(matches!(message_body(&"x".repeat(MAX_MESSAGE_BYTES - 1)), Err(SendError::TooLarge)));
    }

    #[test]
    fn accepts_times_up_to_five_minutes_ahead() {
        let now = Timestamp::UNIX_EPOCH;
        let at = |seconds| now + SignedDuration::from_secs(seconds);
        assert_eq!(check_times([at(-86400), at(0), at(300)], now), Ok(()));
        assert_eq!(check_times([at(0), at(301)], now), Err(TimeInFuture(1)));
    }
}
