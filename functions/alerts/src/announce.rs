//! Consumes the table's stream: publishes the announcement of each event to SNS. Delivery is at least once: a receiver
//! recognises a repetition by the message's `id`.

use std::future;

use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use aws_sdk_sns::{Client, error::DisplayErrorContext, operation::publish::PublishError, types::MessageAttributeValue};
use centops_api::{Consumer, Invocation, Setup, StartError};
use centops_domain::{
    alerts::{Announcement, Audience, Event, EventKind},
    chatbots::Name,
    releases::Release,
};
use centops_store::{
    Store, StoreError,
    alerts::{EVENT_ATTRIBUTE, parse_event},
    chatbots::ChatbotFilter,
};
use futures::{StreamExt, TryStreamExt, stream};
use lambda_runtime::Error;
use serde_json::{Value, json};

/// The most messages of one release in flight at once.
const IN_FLIGHT: usize = 16;
/// The chatbots of one page when a release is announced.
const PAGE: i32 = 100;
/// The most characters of a subject: SNS accepts fewer than 100.
const MAX_SUBJECT: usize = 99;

/// An event that was not announced.
#[derive(Debug, thiserror::Error)]
enum AnnounceError {
    #[error("the record has no event")]
    NoEvent,
    #[error("the event cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the message cannot be built: {0}")]
    Message(#[from] aws_sdk_sns::error::BuildError),
    #[error("SNS refused the message: {0}")]
    Sns(String),
}

/// The function.
#[derive(Debug)]
pub struct Announce {
    store: Store,
    client: Client,
    owners: String,
    administrators: String,
}

impl Consumer for Announce {
    type Event = Value;
    type Answer = DynamoDbEventResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self {
            store: setup.store().await?,
            client: Client::new(setup.config()),
            owners: setup.variable("ANNOUNCEMENTS_TOPIC")?,
            administrators: setup.variable("OPERATIONS_TOPIC")?,
        })
    }

    async fn handle(&self, event: Value, _: &Invocation) -> Result<DynamoDbEventResponse, Error> {
        Ok(self.announce_all(&event).await)
    }
}

impl Announce {
    /// Announces the records in order, up to the first that fails: the stream delivers that one and those after it
    /// again.
    async fn announce_all(&self, event: &Value) -> DynamoDbEventResponse {
        let mut response = DynamoDbEventResponse::default();
        for record in event["Records"].as_array().map(Vec::as_slice).unwrap_or_default() {
            if let Err(error) = self.announce(record).await {
                let sequence = record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default();
                tracing::error!(%error, sequence, "failed to announce event sequence={sequence}");
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = Some(sequence.to_owned());
                response.batch_item_failures.push(failure);
                break;
            }
        }
        response
    }

    async fn announce(&self, record: &Value) -> Result<(), AnnounceError> {
        let text = record["dynamodb"]["NewImage"][EVENT_ATTRIBUTE]["S"].as_str().ok_or(AnnounceError::NoEvent)?;
        let event = parse_event(text)?;
        if let Some(announcement) = event.announcement() {
            return self.publish(&announcement).await;
        }
        if let EventKind::ReleasePublished { release } = &event.kind {
            self.release(&event, release).await?;
        }
        Ok(())
    }

    /// Announces a release to the owners of each chatbot that runs an older version. Stops when it is withdrawn.
    async fn release(&self, event: &Event, release: &Release) -> Result<(), AnnounceError> {
        let (mut after, id) = (None, &event.id);
        loop {
            if self.store.release(&release.component, &release.version).await?.value.withdrawal.is_some() {
                tracing::info!(id, "withdrawn release not announced id={id}");
                return Ok(());
            }
            let page = self.store.chatbots(&ChatbotFilter::default(), after.as_ref(), PAGE).await?;
            let announcements =
                stream::iter(&page.items).filter_map(|chatbot| future::ready(event.announcement_to(chatbot)));
            announcements
                .map(|announcement| async move { self.publish(&announcement).await })
                .buffer_unordered(IN_FLIGHT)
                .try_for_each(|()| future::ready(Ok(())))
                .await?;
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn publish(&self, announcement: &Announcement) -> Result<(), AnnounceError> {
        let topic = match announcement.audience {
            Audience::Owners => &self.owners,
            Audience::Administrators => &self.administrators,
        };
        // E-mail and SMS get sentences, other protocols get JSON.
        let message = json!({
            "default": serde_json::to_string(announcement)?,
            "email": announcement.text,
            "sms": announcement.subject,
        });
        let mut request = self
            .client
            .publish()
            .topic_arn(topic)
            .subject(announcement.subject.chars().take(MAX_SUBJECT).collect::<String>())
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
            AnnounceError::Sns(DisplayErrorContext(error).to_string())
        })?;
        let id = &announcement.id;
        let chatbot = announcement.chatbot.as_ref().map(Name::as_str);
        tracing::info!(id, event = announcement.kind, chatbot, "announcement published id={id}");
        Ok(())
    }
}

fn attribute(value: &str) -> Result<MessageAttributeValue, aws_sdk_sns::error::BuildError> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build()
}

#[cfg(test)]
mod tests {
    use aws_sdk_sns::operation::publish::PublishOutput;
    use aws_smithy_mocks::{RuleMode, mock, mock_client};
    use centops_domain::{chatbots::Chatbot, releases::Release};
    use centops_table::{Table, audit_context};

    use super::*;

    /// The stream delivers an event until it is announced, so a release may be withdrawn before.
    #[tokio::test]
    async fn withdrawn_release_is_not_announced() {
        let (table, now) = (Table::start().await.expect("a table"), centops_api::clock::now());
        let audit = || audit_context(&table.audit, now);
        let new = json!({
            "name": "tax", "uri": "https://tax.example.ee/", "type": "ministry", "institution": "tax-board",
            "contact": "owner@example.ee", "versions": {"ruuter": "1.0.0"},
        });
        let chatbot = Chatbot::enrol(serde_json::from_value(new).expect("a chatbot"), now);
        table.store.create_chatbot(&audit(), chatbot).await.expect("enrolled");
        let new = json!({"component": "ruuter", "version": "2.0.0", "severity": "critical"});
        let release = Release::publish(serde_json::from_value(new).expect("a release"), now);
        table.store.publish_release(&audit(), release.clone()).await.expect("published");

        let published = mock!(Client::publish).then_output(|| PublishOutput::builder().build());
        let client = mock_client!(aws_sdk_sns, RuleMode::MatchAny, [&published]);
        let (owners, administrators) = ("owners".to_owned(), "administrators".to_owned());
        let announce = Announce { store: table.store.clone(), client, owners, administrators };
        let kind = EventKind::ReleasePublished { release: release.clone() };
        let event = Event { id: "ruuter-2.0.0".to_owned(), at: now, quiet: false, kind };
        let event = serde_json::to_string(&event).expect("json");
        let records = json!({"Records": [{"dynamodb": {"NewImage": {"event": {"S": event}}}}]});
        assert!(announce.announce_all(&records).await.batch_item_failures.is_empty());
        assert_eq!(published.num_calls(), 1, "the owner is told");

        let reason = "wrong".to_owned().try_into().expect("a reason");
        let version = &release.version;
        table.store.withdraw_release(&audit(), &release.component, version, None, &reason).await.expect("withdrawn");
        assert!(announce.announce_all(&records).await.batch_item_failures.is_empty(), "delivered, and done with");
        assert_eq!(published.num_calls(), 1, "nobody is told any more");
    }
}
