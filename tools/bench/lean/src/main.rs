//! Reads one chatbot from the table, with the SDK's own defaults: the default configuration chain, the default HTTP
//! client with the system's root certificates, and no warm-up. It does not check the request or keep an audit trail.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let table = std::env::var("TABLE")?;
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::v2026_01_12()).await);
    run(service_fn(|event| get(&client, &table, event))).await
}

/// Answers `GET /routes/{name}` for a chatbot that exists.
async fn get(client: &Client, table: &str, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let name = event.payload["pathParameters"]["name"].as_str().unwrap_or_default();
    let request = client.get_item().table_name(table).key("pk", AttributeValue::S("CHATBOTS".to_owned()));
    let item = request.key("sk", AttributeValue::S(name.to_owned())).send().await?.item;
    let uri = item.as_ref().and_then(|item| item.get("uri")?.as_s().ok());
    Ok(match uri {
        Some(uri) => json!({"statusCode": 200, "body": json!({"name": name, "uri": uri}).to_string()}),
        None => json!({"statusCode": 404}),
    })
}
