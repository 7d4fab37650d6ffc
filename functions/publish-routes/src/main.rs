//! From the table's stream: tells DMRs what changed in the route table, in the order of its revisions. At
//! least once: a receiver recognises a repetition by its revision.

mod delta;
mod publisher;

use aws_sdk_sns::Client;
use centops_signing::secret::SigningSecret;
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

use publisher::Publisher;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    centops_api::startup::logs();
    let config = centops_api::startup::config()?;
    let secrets = aws_sdk_secretsmanager::Client::new(&config);
    let publisher = &Publisher {
        client: Client::new(&config),
        topic: centops_api::startup::variable("ROUTES_TOPIC")?,
        secret: SigningSecret::new(secrets, centops_api::startup::variable("ROUTES_SECRET_ARN")?),
    };
    run(service_fn(|event: LambdaEvent<Value>| async move {
        Ok::<_, Error>(publisher.all(&event.payload, Timestamp::now()).await)
    }))
    .await
}
