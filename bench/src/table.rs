//! The table that the functions read: dynoxide, in this process, over plain HTTP.

use std::net::SocketAddr;

use centops_domain::chatbot::{Chatbot, NewChatbot};
use centops_domain::policy::PolicyDocument;
use centops_store::StoreError;
use centops_table::Table;
use jiff::Timestamp;
use serde_json::json;

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
    let table = Table::start().await?;
    fill(&table).await?;
    Ok(table.address)
}

/// Enrols chatbots and reports a good probe of each, so that all of them are routed.
async fn fill(Table { store, audit, .. }: &Table) -> Result<(), TableError> {
    let (policies, now) = (PolicyDocument::default(), Timestamp::now());
    for index in 0..ROUTES {
        let new: NewChatbot = serde_json::from_value(json!({
            "name": name(index),
            "uri": format!("https://{}.example.ee/messages", name(index)),
            "type": "institution",
            "institution": "bench",
            "contact": "owner@example.ee",
        }))?;
        let chatbot = store.create_chatbot(&centops_table::act(audit, now), Chatbot::enrol(new, now)).await?.value;
        let lease = store.look(&chatbot.name, &policies, now).await?.lease;
        let lease = lease.ok_or_else(|| TableError::NotDue(name(index)))?;
        store.report_probe(&chatbot.name, lease.id, true, &policies, now, 0.0).await?;
    }
    Ok(())
}
