//! The queue that a consumer reads: redelivery and dead letters.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use aws_sdk_sqs::{
    Client,
    error::DisplayErrorContext,
    types::{ChangeMessageVisibilityBatchRequestEntry, MessageAttributeValue},
};

use crate::{SendError, work::redeliver};

/// The most entries of one request.
const MAX_ENTRIES: usize = 10;
/// The most characters of a reason.
const MAX_REASON: usize = 500;

/// The queue that a consumer reads, and its dead-letter queue.
#[derive(Clone, Debug)]
pub struct Source {
    client: Client,
    url: String,
    dead_letters: String,
    longest_delay: Duration,
}

impl Source {
    /// Returns the queue at `url` with its dead-letter queue. A message that failed comes back after 2, 4, 8 … seconds,
    /// at most after `longest_delay`.
    #[must_use]
    pub fn new(client: Client, url: String, dead_letters: String, longest_delay: Duration) -> Self {
        Self { client, url, dead_letters, longest_delay }
    }

    /// Sends a message that cannot be read to the dead-letter queue, with the reason. Nothing of it was counted, so it
    /// may be redriven.
    ///
    /// # Errors
    /// When the request fails.
    pub(crate) async fn dead_letter(&self, record: &SqsMessage, reason: &str) -> Result<(), SendError> {
        let reason: String = reason.chars().filter(|c| !c.is_control()).take(MAX_REASON).collect();
        let reason = MessageAttributeValue::builder().data_type("String").string_value(reason).build();
        let reason = reason.map_err(|error| SendError::Unavailable(error.to_string()))?;
        let group = attribute(record, "MessageGroupId");
        let request = self
            .client
            .send_message()
            .queue_url(&self.dead_letters)
            .message_group_id(if group.is_empty() { "none" } else { group })
            .message_deduplication_id(record.message_id.as_deref().unwrap_or_default())
            .message_attributes("Reason", reason)
            .message_body(record.body.as_deref().unwrap_or_default());
        let sent = request.send().await;
        sent.map(|_| ()).map_err(|error| SendError::unavailable(&error))
    }

    /// Makes `records` come back soon, and returns the response that names them. Without this they come back when their
    /// visibility timeout ends, which is also what happens if the request fails.
    pub(crate) async fn redeliver(&self, records: &[SqsMessage]) -> SqsBatchResponse {
        for records in records.chunks(MAX_ENTRIES) {
            let entries = records.iter().enumerate().filter_map(|(index, record)| self.delayed(index, record));
            let request = self.client.change_message_visibility_batch().queue_url(&self.url);
            if let Err(error) = request.set_entries(Some(entries.collect())).send().await {
                let error = DisplayErrorContext(error).to_string();
                tracing::warn!(error, "failed to shorten the delay of messages that failed");
            }
        }
        redeliver(records.iter().map(|record| record.message_id.clone().unwrap_or_default()))
    }

    fn delayed(&self, index: usize, record: &SqsMessage) -> Option<ChangeMessageVisibilityBatchRequestEntry> {
        let delay = Duration::from_secs(1 << receive_count(record).min(16)).min(self.longest_delay);
        ChangeMessageVisibilityBatchRequestEntry::builder()
            .id(index.to_string())
            .receipt_handle(record.receipt_handle.clone()?)
            .visibility_timeout(i32::try_from(delay.as_secs()).unwrap_or(i32::MAX))
            .build()
            .ok()
    }
}

/// Returns the attribute `name` of a message, or the empty text.
pub(crate) fn attribute<'a>(record: &'a SqsMessage, name: &str) -> &'a str {
    record.attributes.get(name).map_or("", String::as_str)
}

/// Returns how often a message was delivered, this time included. Without the attribute it counts as redelivered, which
/// is the safe assumption.
pub(crate) fn receive_count(record: &SqsMessage) -> u32 {
    attribute(record, "ApproximateReceiveCount").parse().unwrap_or(2)
}
