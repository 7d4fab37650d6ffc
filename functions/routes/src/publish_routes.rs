//! Consumes the table's stream: publishes each change of the route table to the route topic, in the order of
//! revisions. Delivery is at least once: a receiver recognises a repetition by its revision.

mod delta;
mod publisher;

use aws_lambda_events::streams::DynamoDbEventResponse;
use aws_sdk_sns::Client;
use centops_api::{Consumer, Invocation, Setup, StartError, clock};
use centops_signing::SigningSecret;
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

    async fn handle(&self, event: Value, _: &Invocation) -> Result<DynamoDbEventResponse, Error> {
        Ok(self.publisher.publish_batch(&event, clock::now()).await)
    }
}
