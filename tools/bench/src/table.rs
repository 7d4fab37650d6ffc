//! The table that the functions read: dynoxide over plain HTTP, in a process of its own.

use std::net::SocketAddr;

use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::chatbots::Name;
use centops_domain::chatbots::{Chatbot, NewChatbot};
use centops_domain::health::PolicyDocument;
use centops_store::{Consistency, StoreError, keys};
use centops_table::Table;
use jiff::Timestamp;
use serde_json::json;

use crate::child::Served;

/// The subcommand of this program that is the table.
pub const SUBCOMMAND: &str = "table";
/// The table's name.
pub const TABLE: &str = centops_table::NAME;
/// The audit table's name.
pub const AUDIT: &str = centops_table::AUDIT;
/// How many chatbots are routed.
pub const ROUTES: usize = 50;

/// The table cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It does not start.
    #[error(transparent)]
    Start(#[from] centops_table::TableError),
    /// Its process does not start.
    #[error("the table's process does not start: {0}")]
    Process(#[from] std::io::Error),
    /// It does not answer.
    #[error("the table cannot be read: {0}")]
    Read(String),
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

/// Is the table: prints its address, then serves until it is ended.
///
/// # Errors
/// When it does not start.
pub async fn serve() -> Result<(), TableError> {
    let table = Table::start().await?;
    println!("{}", table.address);
    std::future::pending().await
}

/// Starts a process that is the table, with nothing in it.
///
/// # Errors
/// When it does not start.
pub async fn empty() -> Result<Served, TableError> {
    Ok(Served::start(&[SUBCOMMAND]).await?)
}

/// The same, with some chatbots in it.
///
/// # Errors
/// When any of it fails.
pub async fn start() -> Result<Served, TableError> {
    let served = empty().await?;
    fill(&Table::at(served.address)).await?;
    Ok(served)
}

/// The `ETag` of the route table as it is.
///
/// # Errors
/// When it cannot be read.
pub async fn tag(table: SocketAddr) -> Result<String, TableError> {
    let head = Table::at(table).store.head(Consistency::Strong).await?;
    Ok(format!("\"{}\"", head.revision))
}

/// How many bytes the item of the revision has, names of attributes included.
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

/// Enrols chatbots and reports a good probe of each, so that all of them are routed.
async fn fill(table: &Table) -> Result<(), TableError> {
    for index in 0..ROUTES {
        enrol(table, &name(index)).await?;
    }
    Ok(())
}

/// A chatbot that can be enrolled.
///
/// # Errors
/// When `name` is none.
pub fn chatbot(name: &str, now: Timestamp) -> Result<Chatbot, TableError> {
    let new: NewChatbot = serde_json::from_value(json!({
        "name": name,
        "uri": format!("https://{name}.example.ee/messages"),
        "type": "institution",
        "institution": "bench",
        "contact": "owner@example.ee",
    }))?;
    Ok(Chatbot::enrol(new, now))
}

/// Enrols the chatbot `name` and reports a good probe of it.
///
/// # Errors
/// When the table does not take it.
pub async fn enrol(Table { store, audit, .. }: &Table, name: &str) -> Result<Name, TableError> {
    let (policies, now) = (PolicyDocument::default(), Timestamp::now());
    let chatbot = store.create_chatbot(&centops_table::audit_context(audit, now), chatbot(name, now)?).await?.value;
    let lease = store.evaluate_due(&chatbot.name, &policies, now).await?.lease;
    let lease = lease.ok_or_else(|| TableError::NotDue(name.to_owned()))?;
    store.report_probe(&chatbot.name, lease.id, true, &policies, now, 0.0).await?;
    Ok(chatbot.name)
}
