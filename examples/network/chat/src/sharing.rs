//! Shares posts with the other instances: one SNS topic, one SQS queue an instance.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::types::DeleteMessageBatchRequestEntry;
use tokio::sync::mpsc;
use tracing::{error, warn};

use crate::posts::{Post, Posts};

/// When a message is full, in bytes of text and what surrounds it: far below the 256 KiB of SNS, as escapes lengthen it.
const BATCH_BYTES: usize = 64 * 1024;
/// What a post is beside its text, with its buttons.
const POST_BYTES: usize = 1024;
/// How long a post may wait for others.
const GATHERING: Duration = Duration::from_millis(200);
const WAITING: usize = 10_000;
const RETRY_DELAY: Duration = Duration::from_secs(1);
/// The most messages that SQS returns at a time.
const MESSAGES: i32 = 10;
/// Long polling, in seconds.
const WAIT: i32 = 10;

/// Sends posts to the topic, in order. Posts that find no place are counted in the log; this instance has them all the same.
#[derive(Clone, Debug)]
pub struct Publisher(Option<mpsc::Sender<Post>>);

impl Publisher {
    /// Publishes to nobody, for a single instance.
    #[must_use]
    pub fn alone() -> Self {
        Self(None)
    }

    /// Starts publishing to a topic.
    #[must_use]
    pub fn start(sns: aws_sdk_sns::Client, topic: String) -> Self {
        let (sender, mut posts) = mpsc::channel::<Post>(WAITING);
        tokio::spawn(async move {
            while let Some(first) = posts.recv().await {
                let mut size = first.text.len();
                let mut batch = vec![first];
                // Fewer, larger messages: each is a delivery to every instance.
                tokio::time::sleep(GATHERING).await;
                while let Some(next) = (size < BATCH_BYTES).then(|| posts.try_recv().ok()).flatten() {
                    size += POST_BYTES + next.text.len();
                    batch.push(next);
                }
                match serde_json::to_string(&batch) {
                    Ok(text) => publish(&sns, &topic, &text).await,
                    Err(error) => error!(%error, "posts dropped"),
                }
            }
        });
        Self(Some(sender))
    }

    /// Publishes a post; never waits.
    pub fn publish(&self, post: &Post) {
        if let Some(sender) = &self.0
            && sender.try_send(post.clone()).is_err()
        {
            warn!(id = post.id, "post not shared: too many wait");
        }
    }
}

async fn publish(sns: &aws_sdk_sns::Client, topic: &str, text: &str) {
    while let Err(error) = sns.publish().topic_arn(topic).message(text).send().await {
        warn!(error = %aws_sdk_sns::error::DisplayErrorContext(&error), "failed to share posts");
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

/// Receives posts of all instances from a queue, for ever. A message is deleted after its posts were added; one that arrives
/// again adds nothing.
pub async fn receive(sqs: aws_sdk_sqs::Client, queue: String, posts: Arc<Posts>) {
    loop {
        let request = sqs.receive_message().queue_url(&queue).max_number_of_messages(MESSAGES).wait_time_seconds(WAIT);
        let messages = match request.send().await {
            Ok(received) => received.messages.unwrap_or_default(),
            Err(error) => {
                warn!(error = %aws_sdk_sqs::error::DisplayErrorContext(&error), "failed to receive posts");
                tokio::time::sleep(RETRY_DELAY).await;
                continue;
            }
        };
        let mut taken = Vec::new();
        for (index, message) in messages.into_iter().enumerate() {
            match serde_json::from_str::<Vec<Post>>(message.body.as_deref().unwrap_or_default()) {
                Ok(received) => received.into_iter().for_each(|post| _ = posts.add(post)),
                Err(error) => error!(%error, "message of other form dropped"),
            }
            let entry = DeleteMessageBatchRequestEntry::builder().id(index.to_string());
            taken.extend(entry.set_receipt_handle(message.receipt_handle).build());
        }
        delete(&sqs, &queue, taken).await;
    }
}

/// Deletes messages. One that stays arrives again, and adds nothing.
async fn delete(sqs: &aws_sdk_sqs::Client, queue: &str, taken: Vec<DeleteMessageBatchRequestEntry>) {
    if taken.is_empty() {
        return;
    }
    let request = sqs.delete_message_batch().queue_url(queue).set_entries(Some(taken));
    if let Err(error) = request.send().await {
        warn!(error = %aws_sdk_sqs::error::DisplayErrorContext(&error), "failed to delete messages");
    }
}
