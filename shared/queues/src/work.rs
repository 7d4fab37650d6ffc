//! Queues of work that functions of CentOps hand each other.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse};
use aws_sdk_sqs::{
    Client,
    error::DisplayErrorContext,
    types::{SendMessageBatchRequestEntry, builders::SendMessageBatchRequestEntryBuilder},
};
use centops_api::{Setup, StartError};
use serde::Serialize;

/// The longest delay of a message in seconds.
pub const MAX_DELAY: i32 = 900;
/// The most messages that SQS takes in one request.
const REQUEST_MESSAGES: usize = 10;

/// A standard queue: a message can arrive twice, and in any order. Or a FIFO queue, whose messages have groups.
#[derive(Clone, Debug)]
pub struct WorkQueue {
    client: Client,
    url: String,
}

/// A message of a FIFO queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupedMessage<M> {
    /// The content.
    pub message: M,
    /// The group: its messages are delivered one after another.
    pub group: String,
    /// The id by which the queue drops a message that it took within the last five minutes.
    pub deduplication: String,
}

/// Messages could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum WorkQueueError {
    /// A message has no JSON form.
    #[error("message without a JSON form: {0}")]
    Form(#[from] serde_json::Error),
    /// The queue did not accept the messages.
    #[error("the queue did not accept the messages: {0}")]
    Unavailable(String),
}

impl WorkQueue {
    /// Returns the queue at `url`.
    #[must_use]
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Returns the queue whose URL is in the environment variable `variable`.
    ///
    /// # Errors
    /// When the variable is not set.
    pub fn from_setup(setup: &Setup, variable: &'static str) -> Result<Self, StartError> {
        Ok(Self::new(Client::new(setup.config()), setup.variable(variable)?))
    }

    /// Sends `messages`, each with its delay of at most [`MAX_DELAY`] seconds.
    ///
    /// # Errors
    /// When a request fails, or the queue refuses one of its messages. The messages before it are sent.
    pub async fn send<M: Serialize>(&self, messages: &[(M, i32)]) -> Result<(), WorkQueueError> {
        let entry = |(id, (message, delay)): (usize, &(M, i32))| {
            let body = serde_json::to_string(message)?;
            built(SendMessageBatchRequestEntry::builder().id(id.to_string()).message_body(body).delay_seconds(*delay))
        };
        self.send_entries(messages.iter().enumerate().map(entry).collect::<Result<_, _>>()?).await
    }

    /// Sends `messages` to a FIFO queue.
    ///
    /// # Errors
    /// When a request fails, or the queue refuses one of its messages. The messages before it are sent.
    pub async fn send_grouped<M: Serialize>(&self, messages: &[GroupedMessage<M>]) -> Result<(), WorkQueueError> {
        let entry = |(id, GroupedMessage { message, group, deduplication }): (usize, &GroupedMessage<M>)| {
            let entry = SendMessageBatchRequestEntry::builder().id(id.to_string());
            let entry = entry.message_body(serde_json::to_string(message)?).message_group_id(group);
            built(entry.message_deduplication_id(deduplication))
        };
        self.send_entries(messages.iter().enumerate().map(entry).collect::<Result<_, _>>()?).await
    }

    async fn send_entries(&self, entries: Vec<SendMessageBatchRequestEntry>) -> Result<(), WorkQueueError> {
        for request in entries.chunks(REQUEST_MESSAGES) {
            let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(request.to_vec()));
            let sent = request.send().await;
            let sent = sent.map_err(|error| WorkQueueError::Unavailable(DisplayErrorContext(error).to_string()))?;
            if let Some(refused) = sent.failed.first() {
                return Err(WorkQueueError::Unavailable(refused.code.clone()));
            }
        }
        Ok(())
    }
}

/// Returns the response by which a queue delivers the messages `failed` again: their ids.
pub fn redeliver(failed: impl IntoIterator<Item = String>) -> SqsBatchResponse {
    let failure = |id| {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        failure
    };
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed.into_iter().map(failure).collect();
    response
}

fn built(entry: SendMessageBatchRequestEntryBuilder) -> Result<SendMessageBatchRequestEntry, WorkQueueError> {
    entry.build().map_err(|error| WorkQueueError::Unavailable(error.to_string()))
}
