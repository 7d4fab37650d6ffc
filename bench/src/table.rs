//! The table that the functions read: dynoxide, in this process, over plain HTTP.

use std::net::SocketAddr;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use centops_domain::chatbot::{Chatbot, NewChatbot};
use centops_domain::policy::Policy;
use centops_store::{Store, StoreError, keys};
use dynoxide::Database;
use jiff::Timestamp;
use serde_json::json;
use tokio::net::TcpListener;

/// The table's name.
pub const TABLE: &str = "centops-bench";
/// How many chatbots are routed.
pub const ROUTES: usize = 50;

/// The table cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Its server does not start.
    #[error("the table's server does not start: {0}")]
    Server(String),
    /// It cannot be created.
    #[error("the table cannot be created: {0}")]
    Create(String),
    /// The fixture is not what the domain takes.
    #[error("the fixture does not fit the domain: {0}")]
    Fixture(#[from] serde_json::Error),
    /// It cannot be filled.
    #[error("the table cannot be filled: {0}")]
    Store(#[from] StoreError),
    /// A chatbot that has just been enrolled is not probed.
    #[error("{0} is not due to be probed, so it cannot be routed")]
    NotDue(String),
}

/// The name of a routed chatbot, from 0 on.
#[must_use]
pub fn name(index: usize) -> String {
    format!("chatbot-{index:02}")
}

/// Starts the server, and creates and fills the table. It serves as long as this process runs.
///
/// # Errors
/// When any of it fails.
pub async fn start() -> Result<SocketAddr, TableError> {
    let server = |error: &dyn ToString| TableError::Server(error.to_string());
    let database = Database::memory().map_err(|error| server(&error))?;
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| server(&error))?;
    let address = listener.local_addr().map_err(|error| server(&error))?;
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-north-1"))
        .endpoint_url(format!("http://{address}"))
        .credentials_provider(Credentials::new("bench", "bench", None, None, "bench"))
        .build();
    let client = Client::from_conf(config);
    create(&client).await?;
    fill(&Store::new(client, TABLE.to_owned())).await?;
    Ok(address)
}

async fn create(client: &Client) -> Result<(), TableError> {
    let invalid = |error: aws_sdk_dynamodb::error::BuildError| TableError::Create(error.to_string());
    let attribute = |name: &str, kind| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().map_err(invalid)
    };
    let part =
        |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(invalid);
    let due = GlobalSecondaryIndex::builder()
        .index_name(keys::DUE)
        .key_schema(part(keys::DUE, KeyType::Hash)?)
        .key_schema(part(keys::DUE_AT, KeyType::Range)?)
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()
        .map_err(invalid)?;
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute(keys::PK, ScalarAttributeType::S)?)
        .attribute_definitions(attribute(keys::SK, ScalarAttributeType::S)?)
        .attribute_definitions(attribute(keys::DUE, ScalarAttributeType::S)?)
        .attribute_definitions(attribute(keys::DUE_AT, ScalarAttributeType::N)?)
        .key_schema(part(keys::PK, KeyType::Hash)?)
        .key_schema(part(keys::SK, KeyType::Range)?)
        .global_secondary_indexes(due)
        .send()
        .await
        .map_err(|error| TableError::Create(DisplayErrorContext(error).to_string()))?;
    Ok(())
}

/// Enrols chatbots and reports a good probe of each, so that all of them are routed.
async fn fill(store: &Store) -> Result<(), TableError> {
    let (policy, now) = (Policy::default(), Timestamp::now());
    for index in 0..ROUTES {
        let new: NewChatbot = serde_json::from_value(json!({
            "name": name(index),
            "uri": format!("https://{}.example.ee/messages", name(index)),
            "type": "institution",
            "institution": "bench",
            "contact": "owner@example.ee",
        }))?;
        let chatbot = store.create_chatbot(Chatbot::enrol(new, now)).await?.value;
        let claimed = store.claim_probe(&chatbot.name, &policy, now).await?;
        let claim = claimed.ok_or_else(|| TableError::NotDue(name(index)))?.claim;
        store.report_probe(&chatbot.name, claim, true, &policy, now, 0.0).await?;
    }
    Ok(())
}
