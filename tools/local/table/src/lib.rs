//! The tables of the template, empty, on dynoxide: a `DynamoDB` emulator in this process. The real client connects to
//! it over HTTP. For tests and benches.

pub mod crash;
pub mod declared;
pub mod meter;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    error::{BuildError, DisplayErrorContext},
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType,
    },
};
use centops_domain::audit::Actor;
use centops_store::{
    Store,
    audit::{self, Audit, AuditContext},
    keys,
};
use jiff::Timestamp;

/// Name of the table.
pub const NAME: &str = "centops";
/// Name of the audit table.
pub const AUDIT: &str = "centops-audit";

/// A running table, with its audit table.
#[derive(Clone, Debug)]
pub struct Table {
    /// The store on the table.
    pub store: Store,
    /// The audit trail.
    pub audit: Arc<Audit>,
    /// The client of both.
    pub client: Client,
    /// The address of the emulator (plain HTTP).
    pub address: SocketAddr,
}

/// Error of starting a table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The database of the emulator cannot be opened.
    #[error("failed to open the emulator's database: {0}")]
    Database(String),
    /// The emulator cannot listen.
    #[error("failed to listen on a local port: {0}")]
    Port(#[from] std::io::Error),
    /// The request that creates a table is incomplete.
    #[error("incomplete description of a table: {0}")]
    Description(#[from] BuildError),
    /// A table cannot be created.
    #[error("failed to create a table: {0}")]
    Create(String),
}

impl Table {
    /// Starts an emulator with new tables. It runs as long as the runtime of the caller.
    ///
    /// # Errors
    /// When the emulator cannot listen, or a table cannot be created.
    pub async fn start() -> Result<Self, TableError> {
        let database = dynoxide::Database::memory().map_err(|error| TableError::Database(error.to_string()))?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(dynoxide::server::serve_on(listener, database));
        let table = Self::at(address);
        let client = &table.client;
        let due = index(keys::DUE, (keys::DUE_AT, ScalarAttributeType::N), ProjectionType::KeysOnly)?;
        let institution = index(keys::INSTITUTION, (keys::SK, ScalarAttributeType::S), ProjectionType::KeysOnly)?;
        let by = |name| index(name, (keys::SK, ScalarAttributeType::S), ProjectionType::All);
        create(client, NAME, vec![due, institution, by(keys::EVENT_DAY)?]).await?;
        create(client, AUDIT, vec![by(audit::keys::CHATBOT)?, by(audit::keys::PERSON)?]).await?;
        Ok(table)
    }

    /// Connects to tables that are running at `address`, with a client of its own.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-north-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .endpoint_url(format!("http://{address}"))
            .build();
        Self::with(Client::from_conf(config), address)
    }

    /// Returns the tables that are running at `address`, through `client`.
    #[must_use]
    pub fn with(client: Client, address: SocketAddr) -> Self {
        Self {
            store: Store::new(client.clone(), NAME.to_owned()),
            audit: Arc::new(Audit::new(client.clone(), AUDIT.to_owned())),
            client,
            address,
        }
    }
}

/// Copies the items of the table to the new table `name`, without indexes.
///
/// # Errors
/// When the new table cannot be created or filled.
pub async fn copy(client: &Client, name: &str) -> Result<(), TableError> {
    create(client, name, Vec::new()).await?;
    let mut items = client.scan().table_name(NAME).into_paginator().items().send();
    while let Some(item) = items.next().await {
        let item = item.map_err(|error| TableError::Create(DisplayErrorContext(error).to_string()))?;
        let put = client.put_item().table_name(name).set_item(Some(item)).send().await;
        put.map_err(|error| TableError::Create(DisplayErrorContext(error).to_string()))?;
    }
    Ok(())
}

/// Returns the audit context of another request of a person at `now`.
#[must_use]
pub fn audit_context(audit: &Audit, now: Timestamp) -> AuditContext<'_> {
    static REQUESTS: AtomicU64 = AtomicU64::new(0);
    let request = format!("request-{}", REQUESTS.fetch_add(1, Ordering::Relaxed));
    AuditContext::new(audit, Actor::Person("EE60001019906".to_owned()), "test", request, now)
}

/// An index, and its key attributes.
type Index = (GlobalSecondaryIndex, [AttributeDefinition; 2]);

/// Returns the index `name`, whose partition key has the same name.
fn index(name: &str, sort: (&str, ScalarAttributeType), projection: ProjectionType) -> Result<Index, BuildError> {
    let (sort, kind) = sort;
    let index = GlobalSecondaryIndex::builder()
        .index_name(name)
        .key_schema(key_element(name, KeyType::Hash)?)
        .key_schema(key_element(sort, KeyType::Range)?)
        .projection(Projection::builder().projection_type(projection).build())
        .build()?;
    Ok((index, [attribute(name, ScalarAttributeType::S)?, attribute(sort, kind)?]))
}

fn attribute(name: &str, kind: ScalarAttributeType) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build()
}

fn key_element(name: &str, kind: KeyType) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build()
}

async fn create(client: &Client, name: &str, indexes: Vec<Index>) -> Result<(), TableError> {
    let (indexes, of_indexes): (Vec<_>, Vec<_>) = indexes.into_iter().unzip();
    let mut attributes =
        vec![attribute(keys::PK, ScalarAttributeType::S)?, attribute(keys::SK, ScalarAttributeType::S)?];
    for attribute in of_indexes.into_iter().flatten() {
        if !attributes.contains(&attribute) {
            attributes.push(attribute);
        }
    }
    let created = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes))
        .key_schema(key_element(keys::PK, KeyType::Hash)?)
        .key_schema(key_element(keys::SK, KeyType::Range)?)
        .set_global_secondary_indexes((!indexes.is_empty()).then_some(indexes))
        .send()
        .await;
    created.map_err(|error| TableError::Create(DisplayErrorContext(error).to_string()))?;
    Ok(())
}
