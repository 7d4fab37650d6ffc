//! The table that the functions read: dynoxide over plain HTTP, in a process of its own, and its fixtures.

use std::collections::HashMap;
use std::net::SocketAddr;

use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use centops_domain::chatbots::Name;
use centops_domain::chatbots::{Chatbot, NewChatbot};
use centops_domain::health::PolicyDocument;
use centops_store::health::DueProbe;
use centops_store::{Consistency, StoreError, keys};
use centops_table::Table;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use serde_json::json;

use crate::child::ChildServer;

/// The subcommand of this program that runs the table.
pub const SUBCOMMAND: &str = "table";
/// The name of the table.
pub const TABLE: &str = centops_table::NAME;
/// The name of the audit table.
pub const AUDIT: &str = centops_table::AUDIT;
/// The number of routed chatbots.
pub const ROUTES: usize = 50;
/// The largest number of items in one request.
const BATCH: usize = 25;
/// The number of concurrent requests.
const CONCURRENCY: usize = 4;

/// An item of the table.
pub type Item = HashMap<String, AttributeValue>;

/// The table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It does not start.
    #[error(transparent)]
    Start(#[from] centops_table::TableError),
    /// Its process does not start.
    #[error("the table's process does not start: {0}")]
    Process(#[from] std::io::Error),
    /// It does not respond.
    #[error("the table cannot be read: {0}")]
    Read(String),
    /// It rejects an item.
    #[error("the table rejects an item: {0}")]
    Put(String),
    /// A fixture does not fit the domain.
    #[error("a fixture does not fit the domain: {0}")]
    Fixture(#[from] serde_json::Error),
    /// A fixture has no form as an item.
    #[error("a fixture has no form as an item: {0}")]
    Item(#[from] serde_dynamo::Error),
    /// It cannot be filled.
    #[error("the table cannot be filled: {0}")]
    Store(#[from] StoreError),
    /// A chatbot that has just been enrolled is not due to be probed.
    #[error("{0} is not due to be probed, so it cannot be routed")]
    NotDue(String),
}

/// The name of the routed chatbot `index`, below [`ROUTES`].
#[must_use]
pub fn name(index: usize) -> String {
    format!("chatbot-{index:02}")
}

/// Runs the table: prints its address, then serves until the process is killed.
///
/// # Errors
/// When it does not start.
pub async fn serve() -> Result<(), TableError> {
    let table = Table::start().await?;
    println!("{}", table.address);
    std::future::pending().await
}

/// Starts an empty table.
///
/// # Errors
/// When it does not start.
pub async fn start_empty() -> Result<ChildServer, TableError> {
    Ok(ChildServer::start([SUBCOMMAND]).await?)
}

/// Starts a table with [`ROUTES`] routed chatbots.
///
/// # Errors
/// When it does not start, or cannot be filled.
pub async fn start_filled() -> Result<ChildServer, TableError> {
    let server = start_empty().await?;
    fill(&Table::at(server.address)).await?;
    Ok(server)
}

/// Reads the `ETag` of the current route table.
///
/// # Errors
/// When it cannot be read.
pub async fn etag(table: SocketAddr) -> Result<String, TableError> {
    let head = Table::at(table).store.head(Consistency::Strong).await?;
    Ok(format!("\"{}\"", head.revision))
}

/// Reads the size of the item of the revision in bytes, names of attributes included.
///
/// # Errors
/// When it cannot be read.
pub async fn revision_size(table: &Table) -> Result<usize, TableError> {
    let key = AttributeValue::S("REVISION".to_owned());
    let read = table.client.get_item().table_name(TABLE).key(keys::PK, key.clone()).key(keys::SK, key).send().await;
    let item = read.map_err(|error| TableError::Read(DisplayErrorContext(error).to_string()))?.item;
    let size = |value: &AttributeValue| match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        _ => 0,
    };
    Ok(item.unwrap_or_default().iter().map(|(name, value)| name.len() + size(value)).sum())
}

/// Adds a key and the first version to `item`.
pub fn add_key(item: &mut Item, pk: &str, sk: &str) {
    item.insert(keys::PK.to_owned(), AttributeValue::S(pk.to_owned()));
    item.insert(keys::SK.to_owned(), AttributeValue::S(sk.to_owned()));
    item.insert(keys::VERSION.to_owned(), AttributeValue::N("1".to_owned()));
}

/// Puts `items` without conditions.
///
/// # Errors
/// When the table rejects one.
pub async fn put_items(table: &Table, items: Vec<Item>) -> Result<(), TableError> {
    let batches = stream::iter(items.chunks(BATCH)).map(|batch| put_batch(table, batch));
    batches.buffer_unordered(CONCURRENCY).try_collect::<()>().await
}

async fn put_batch(table: &Table, batch: &[Item]) -> Result<(), TableError> {
    let write = |item: &Item| {
        let put = PutRequest::builder().set_item(Some(item.clone())).build().map_err(rejected)?;
        Ok(WriteRequest::builder().put_request(put).build())
    };
    let writes = batch.iter().map(write).collect::<Result<Vec<_>, TableError>>()?;
    table.client.batch_write_item().request_items(TABLE, writes).send().await.map(drop).map_err(rejected)
}

fn rejected(error: impl std::error::Error) -> TableError {
    TableError::Put(DisplayErrorContext(error).to_string())
}

async fn fill(table: &Table) -> Result<(), TableError> {
    for index in 0..ROUTES {
        enrol(table, &name(index)).await?;
    }
    Ok(())
}

/// A chatbot to enrol.
fn chatbot(name: &str, now: Timestamp) -> Result<Chatbot, TableError> {
    let new: NewChatbot = serde_json::from_value(json!({
        "name": name,
        "uri": format!("https://{name}.example.ee/messages"),
        "type": "institution",
        "institution": "bench",
        "contact": "owner@example.ee",
    }))?;
    Ok(Chatbot::enrol(new, now))
}

/// Enrols the chatbot `name` and reports a successful probe, so that it is routed.
///
/// # Errors
/// When the table rejects it.
pub async fn enrol(table: &Table, name: &str) -> Result<Name, TableError> {
    let now = Timestamp::now();
    let probe = enrol_due(table, name, now).await?;
    table.store.report_probe(&probe, true, &PolicyDocument::default(), now, 0.0).await?;
    Ok(probe.chatbot().name.clone())
}

/// Enrols the chatbot `name`, and takes the lease to probe it.
///
/// # Errors
/// When the table rejects it, or the chatbot is not due to be probed.
pub async fn enrol_due(table: &Table, name: &str, now: Timestamp) -> Result<DueProbe, TableError> {
    let audit = centops_table::audit_context(&table.audit, now);
    let chatbot = table.store.create_chatbot(&audit, chatbot(name, now)?).await?.value;
    let probe = table.store.evaluate_due(&chatbot.name, &PolicyDocument::default(), now).await?.probe;
    probe.ok_or_else(|| TableError::NotDue(name.to_owned()))
}

/// Moves the routed chatbot `name` to `uri`: reports a successful probe of the new address.
///
/// # Errors
/// When the table rejects it, or the address is not due to be probed.
pub async fn relocate(table: &Table, name: &Name, uri: &str) -> Result<(), TableError> {
    let now = Timestamp::now();
    let change = serde_json::from_value(json!({ "uri": uri })).map_err(TableError::Fixture)?;
    let audit = centops_table::audit_context(&table.audit, now);
    table.store.update_chatbot(&audit, name, None, &change).await?;
    let policies = PolicyDocument::default();
    let probe = table.store.evaluate_due(name, &policies, now).await?.probe;
    let probe = probe.ok_or_else(|| TableError::NotDue(name.to_string()))?;
    table.store.report_probe(&probe, true, &policies, now, 0.0).await?;
    Ok(())
}
