//! Consumes the table's stream: publishes each change of the route table to the route topic, in the order of
//! revisions. Delivery is at least once: a receiver recognises a repetition by its revision.

mod delta;
mod publisher;

use aws_lambda_events::streams::DynamoDbEventResponse;
use aws_sdk_sns::Client;
use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_contract::metrics::{CHANGES_UNREADABLE, PUBLISH_DELAY};
use centops_signing::SigningSecret;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::Error;
use serde_json::Value;

use publisher::Publisher;

/// The function.
#[derive(Debug)]
pub struct PublishRoutes {
    publisher: Publisher,
}

impl Consumer for PublishRoutes {
    type Event = Value;
    type Answer = DynamoDbEventResponse;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        let secrets = aws_sdk_secretsmanager::Client::new(setup.config());
        let secret = SigningSecret::new(secrets, setup.variable("ROUTES_SECRET_ARN")?);
        let (client, topic) = (Client::new(setup.config()), setup.variable("ROUTES_TOPIC")?);
        Ok(Self { publisher: Publisher { client, topic, secret } })
    }

    async fn handle(&self, event: Value, invocation: &Invocation) -> Result<DynamoDbEventResponse, Error> {
        let published = self.publisher.publish_batch(&event, clock::now()).await;
        invocation.metrics.record(CHANGES_UNREADABLE, published.unreadable);
        if let Some(changed) = changed_at(&event) {
            invocation.metrics.record(PUBLISH_DELAY, clock::now().as_millisecond() - changed.as_millisecond());
        }
        Ok(published.response)
    }
}

/// Returns the time of the first change in `event`; the stream has it to the second.
fn changed_at(event: &Value) -> Option<Timestamp> {
    let seconds = event["Records"][0]["dynamodb"]["ApproximateCreationDateTime"].as_f64()?;
    Timestamp::UNIX_EPOCH.checked_add(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()
}
