//! Sends reports to a queue.

use aws_sdk_sqs::{
    Client,
    error::{DisplayErrorContext, SdkError},
    operation::send_message::builders::SendMessageFluentBuilder,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use centops_store::{Store, StoreError, ingestion::StoredReceipt};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

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
    /// The same sender used the key for a report with another content.
    #[error("this Idempotency-Key was used for another batch: send a new key with each batch")]
    KeyReused,
    /// The request to the queue failed. The report may be sent again with the same key.
    #[error("the queue did not accept the message: {0}")]
    Unavailable(String),
}

impl SendError {
    pub(crate) fn unavailable<E: std::error::Error + 'static, R: std::fmt::Debug>(error: &SdkError<E, R>) -> Self {
        Self::Unavailable(DisplayErrorContext(error).to_string())
    }
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

    /// Sends `report` of `sender` once for each `key` in a day, and returns the message id. One read unit and one write
    /// unit.
    ///
    /// The receipt is stored after the message is sent. If the function crashes in between, the queue itself drops the
    /// repetition for five minutes.
    ///
    /// # Errors
    /// When the report is too large, the key was used for another report, or the table or the queue does not answer.
    pub async fn send_once(
        &self,
        store: &Store,
        sender: &Sender,
        key: &str,
        report: &impl Serialize,
        now: Timestamp,
    ) -> Result<String, SendError> {
        let (body, id) = (message_body(report)?, deduplication_id(sender, key));
        let content = URL_SAFE_NO_PAD.encode(Sha256::digest(&body));
        let unavailable = |error: StoreError| SendError::Unavailable(error.to_string());
        let mut stored = store.receipt(&id, now).await.map_err(unavailable)?;
        if stored.is_none() {
            let message_id = self.send(sender, key, body).await?;
            let receipt = StoredReceipt { content: content.clone(), message_id };
            stored = Some(store.put_receipt(&id, receipt, now).await.map_err(unavailable)?);
        }
        stored.filter(|stored| stored.content == content).map(|stored| stored.message_id).ok_or(SendError::KeyReused)
    }

    /// Sends a message of `sender` and returns its id. The queue drops a message with the same sender and `key` within
    /// five minutes.
    async fn send(&self, sender: &Sender, key: &str, body: String) -> Result<String, SendError> {
        let request = self.message(sender, key, body);
        let sent = request.send().await.map_err(|error| SendError::unavailable(&error))?;
        Ok(sent.message_id.unwrap_or_default())
    }

    fn message(&self, sender: &Sender, key: &str, body: String) -> SendMessageFluentBuilder {
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_group_id(sender.to_string())
            .message_deduplication_id(deduplication_id(sender, key))
            .message_body(body)
    }
}

/// Returns the deduplication id of a sender's idempotency key: their hash (SHA-256, in base64url). SQS keeps the id beside
/// the message, and a sender may have made its key of personal data.
fn deduplication_id(sender: &Sender, key: &str) -> String {
    // The sender's text has no line break.
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{sender}\n{key}")))
}

/// Returns the JSON of `report`, with U+FFFE and U+FFFF escaped, because SQS rejects them. They can only occur in JSON
/// strings.
pub(crate) fn message_body(report: &impl Serialize) -> Result<String, SendError> {
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

    fn sender(name: &str) -> Sender {
        Sender::Chatbot(name.parse().expect("a name"))
    }

    #[test]
    fn idempotency_key_of_personal_data_is_queued_as_hash() {
        let config = aws_sdk_sqs::Config::builder().behavior_version_latest().build();
        let queue = Queue::new(Client::from_conf(config), "https://sqs.example/logs.fifo".to_owned());
        for key in ["37605030299", "37251234567", "59000001"] {
            let message = queue.message(&sender("tax-board"), key, "{}".to_owned());
            assert!(!format!("{:?}", message.as_input()).contains(key), "{message:?}");
            assert_eq!(*message.get_message_deduplication_id(), Some(deduplication_id(&sender("tax-board"), key)));
        }
    }

    #[test]
    fn deduplication_id_is_one_for_each_sender_and_key() {
        // `printf 'chatbot:tax-board\n7f9c2ba4' | sha256sum`, in base64url.
        assert_eq!(deduplication_id(&sender("tax-board"), "7f9c2ba4"), "TSybKAqieu0djOfKtxVs4gN72rvl-5pXL5LQ8ucTUms");
        assert_ne!(
            deduplication_id(&sender("tax-board"), "7f9c2ba5"),
            deduplication_id(&sender("tax-board"), "7f9c2ba4")
        );
        assert_ne!(deduplication_id(&sender("tax"), "7f9c2ba4"), deduplication_id(&sender("tax-board"), "7f9c2ba4"));
    }

    #[test]
    fn accepts_times_up_to_five_minutes_ahead() {
        let now = Timestamp::UNIX_EPOCH;
        let at = |seconds| now + SignedDuration::from_secs(seconds);
        assert_eq!(check_times([at(-86400), at(0), at(300)], now), Ok(()));
        assert_eq!(check_times([at(0), at(301)], now), Err(TimeInFuture(1)));
    }
}
