//! From the table's stream: tells subscribers what happened. At least once: a receiver recognises a
//! repetition by the message's `id`.

use std::future;

use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use aws_sdk_sns::{Client, error::DisplayErrorContext, operation::publish::PublishError, types::MessageAttributeValue};
use centops_domain::{
    event::{Announcement, Audience, Event, Fact},
    name::Name,
};
use centops_store::{Store, StoreError, chatbots::Filter, events};
use futures::{StreamExt, TryStreamExt, stream};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

/// How many messages of one release are published at once.
const AT_ONCE: usize = 16;
/// Chatbots of one page when a release is told.
const PAGE: i32 = 100;
/// The most characters of a subject that SNS takes.
const SUBJECT: usize = 99;

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("a record without an event")]
    NoEvent,
    #[error("an event that cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a message could not be made: {0}")]
    Message(#[from] aws_sdk_sns::error::BuildError),
    #[error("SNS did not take a message: {0}")]
    Sns(String),
}

struct Announcer {
    store: Store,
    client: Client,
    owners: String,
    administrators: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let announcer = &Announcer {
        store: centops_api::startup::store().await?,
        client: Client::new(&centops_api::startup::config()?),
        owners: centops_api::startup::variable("ANNOUNCEMENTS_TOPIC")?,
        administrators: centops_api::startup::variable("OPERATIONS_TOPIC")?,
    };
    run(service_fn(|event: LambdaEvent<Value>| async move { Ok::<_, Error>(announcer.all(&event.payload).await) }))
        .await
}

impl Announcer {
    /// Tells the records in their order, up to the first that fails: the stream brings it again with
    /// all that come after it.
    async fn all(&self, event: &Value) -> DynamoDbEventResponse {
        let mut response = DynamoDbEventResponse::default();
        for record in event["Records"].as_array().map(Vec::as_slice).unwrap_or_default() {
            if let Err(error) = self.one(record).await {
                let place = record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default();
                tracing::error!(%error, place, "an event was not told");
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = Some(place.to_owned());
                response.batch_item_failures.push(failure);
                break;
            }
        }
        response
    }

    async fn one(&self, record: &Value) -> Result<(), Failed> {
        let text = record["dynamodb"]["NewImage"][events::ATTRIBUTE]["S"].as_str().ok_or(Failed::NoEvent)?;
        let event = events::parse(text)?;
        if let Some(announcement) = event.announcement() {
            return self.publish(&announcement).await;
        }
        if let Fact::ReleasePublished { .. } = event.fact {
            self.release(&event).await?;
        }
        Ok(())
    }

    /// Tells the owners of each chatbot that runs something older.
    async fn release(&self, event: &Event) -> Result<(), Failed> {
        let mut after = None;
        loop {
            let page = self.store.chatbots(&Filter::default(), after.as_ref(), PAGE).await?;
            let told = stream::iter(&page.chatbots).filter_map(|chatbot| future::ready(event.announcement_to(chatbot)));
            told.map(|announcement| async move { self.publish(&announcement).await })
                .buffer_unordered(AT_ONCE)
                .try_for_each(|()| future::ready(Ok(())))
                .await?;
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn publish(&self, announcement: &Announcement) -> Result<(), Failed> {
        let topic = match announcement.audience {
            Audience::Owners => &self.owners,
            Audience::Administrators => &self.administrators,
        };
        // People get sentences, programs get JSON.
        let message = json!({
            "default": serde_json::to_string(announcement)?,
            "email": announcement.text,
            "sms": announcement.subject,
        });
        let mut request = self
            .client
            .publish()
            .topic_arn(topic)
            .subject(announcement.subject.chars().take(SUBJECT).collect::<String>())
            .message_structure("json")
            .message(message.to_string())
            .message_attributes("event", attribute(announcement.kind)?);
        if let Some(chatbot) = &announcement.chatbot {
            request = request.message_attributes("chatbot", attribute(chatbot.as_str())?);
        }
        if let Some(severity) = announcement.severity {
            request = request.message_attributes("severity", attribute(severity.as_str())?);
        }
        request.send().await.map_err(|error: aws_sdk_sns::error::SdkError<PublishError>| {
            Failed::Sns(DisplayErrorContext(error).to_string())
        })?;
        tracing::info!(
            id = announcement.id,
            event = announcement.kind,
            chatbot = announcement.chatbot.as_ref().map(Name::as_str),
            "told"
        );
        Ok(())
    }
}

fn attribute(value: &str) -> Result<MessageAttributeValue, aws_sdk_sns::error::BuildError> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build()
}
