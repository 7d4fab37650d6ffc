//! The table as the template makes it, empty, on dynoxide: a `DynamoDB` in this process, spoken to over
//! HTTP by the real client. For tests and benches.

use std::net::SocketAddr;

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    error::{BuildError, DisplayErrorContext},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType,
    },
};
use centops_store::{Store, keys};

/// The table's name.
pub const NAME: &str = "centops";

/// A running table.
#[derive(Clone, Debug)]
pub struct Table {
    /// The store on it.
    pub store: Store,
    /// The client under the store.
    pub client: Client,
    /// Where it answers, over plain HTTP.
    pub address: SocketAddr,
}

/// The table cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// Its database cannot be opened.
    #[error("the database cannot be opened: {0}")]
    Database(String),
    /// There is no port for it.
    #[error("there is no port for the table: {0}")]
    Port(#[from] std::io::Error),
    /// The request that creates it is not whole.
    #[error("the table is not described: {0}")]
    Description(#[from] BuildError),
    /// It cannot be created.
    #[error("the table cannot be created: {0}")]
    Create(String),
}

impl Table {
    /// A new table of its own. It answers as long as the runtime that called this runs.
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn start() -> Result<Self, TableError> {
        let database = dynoxide::Database::memory().map_err(|error| TableError::Database(error.to_string()))?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(dynoxide::server::serve_on(listener, database));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-north-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(format!("http://{address}"))
            .build();
        let client = Client::from_conf(config);
        create(&client).await?;
        Ok(Self { store: Store::new(client.clone(), NAME.to_owned()), client, address })
    }
}

async fn create(client: &Client) -> Result<(), TableError> {
    let attribute = |name, kind| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build();
    let part = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    let due = GlobalSecondaryIndex::builder()
        .index_name(keys::DUE)
        .key_schema(part(keys::DUE, KeyType::Hash)?)
        .key_schema(part(keys::DUE_AT, KeyType::Range)?)
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
        .build()?;
    let created = client
        .create_table()
        .table_name(NAME)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute(keys::PK, ScalarAttributeType::S)?)
        .attribute_definitions(attribute(keys::SK, ScalarAttributeType::S)?)
        .attribute_definitions(attribute(keys::DUE, ScalarAttributeType::S)?)
        .attribute_definitions(attribute(keys::DUE_AT, ScalarAttributeType::N)?)
        .key_schema(part(keys::PK, KeyType::Hash)?)
        .key_schema(part(keys::SK, KeyType::Range)?)
        .global_secondary_indexes(due)
        .send()
        .await;
    created.map_err(|error| TableError::Create(DisplayErrorContext(error).to_string()))?;
    Ok(())
}
