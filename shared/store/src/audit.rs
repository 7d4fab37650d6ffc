//! The audit trail: a table of its own, so that IAM can let a function add to it and nothing else.

pub mod keys;
mod reading;

use std::sync::LazyLock;

use aws_sdk_dynamodb::{Client, operation::put_item::PutItemError, types::Put};
use centops_domain::audit::{Actor, Change, Record, Subject};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    StoreError,
    item::{self, Expect},
};

pub use reading::{AuditPage, AuditQuery, InvalidPlace, LARGEST_PAGE, Place};

/// The audit table, through one client.
#[derive(Debug)]
pub struct Audit {
    client: LazyLock<Client, Box<dyn FnOnce() -> Client + Send>>,
    table: String,
}

impl Audit {
    /// The table named `table`.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self::lazily(|| client, table)
    }

    /// The same, with a client that is made when it is first used: for functions that write refusals and
    /// nothing else.
    #[must_use]
    pub fn lazily(client: impl FnOnce() -> Client + Send + 'static, table: String) -> Self {
        Self { client: LazyLock::new(Box::new(client)), table }
    }

    /// Writes `record`; where it is written already, nothing. One write unit a KB, and as much for each of
    /// the chatbot and the person of the record.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn write(&self, record: &Record) -> Result<(), StoreError> {
        let put = self.put(record)?;
        let request = self
            .client
            .put_item()
            .table_name(put.table_name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression);
        let Err(error) = request.send().await else { return Ok(()) };
        match error.as_service_error() {
            // The client sends a request again when the answer to the first was lost.
            Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
            _ => Err(StoreError::unavailable(&error)),
        }
    }

    /// The put of `record`, which replaces nothing.
    pub(crate) fn put(&self, record: &Record) -> Result<Put, StoreError> {
        item::put(&self.table, keys::item_of(record)?, Expect::Absent)
    }
}

/// What a caller does in one request: who, by which operation and when. A write of the store takes it,
/// and leaves its record in the same transaction.
#[derive(Clone, Debug)]
pub struct Act<'a> {
    audit: &'a Audit,
    by: Actor,
    operation: &'a str,
    request: String,
    part: u8,
    /// The time of the request.
    pub now: Timestamp,
}

impl<'a> Act<'a> {
    /// The `operation` (its `operationId`) that `by` asked for at `now`, with the id `request`.
    #[must_use]
    pub fn new(audit: &'a Audit, by: Actor, operation: &'a str, request: String, now: Timestamp) -> Self {
        Self { audit, by, operation, request, part: 0, now }
    }

    /// The act for the write `part` of the same request, for a request that writes more than once; the
    /// first is 0. Two writes with one part are taken for a repetition.
    #[must_use]
    pub fn part(&self, part: u8) -> Self {
        Self { part, ..self.clone() }
    }

    /// The id of the request.
    #[must_use]
    pub fn request(&self) -> &str {
        &self.request
    }

    /// Who acts.
    #[must_use]
    pub fn by(&self) -> &Actor {
        &self.by
    }

    /// Writes that it was refused, and why.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn refused(&self, subject: Subject, reason: &str) -> Result<(), StoreError> {
        let (by, operation) = (self.by.clone(), self.operation);
        let record = Record::refused(by, operation, &self.request, self.now, subject, reason).part(self.part);
        self.audit.write(&record).await
    }

    /// The put of the record of a write.
    pub(crate) fn done(
        &self,
        subject: Subject,
        before: &impl Serialize,
        after: &impl Serialize,
    ) -> Result<Put, StoreError> {
        let before = serde_json::to_value(before).map_err(StoreError::unreadable)?;
        let after = serde_json::to_value(after).map_err(StoreError::unreadable)?;
        let (by, change) = (self.by.clone(), Change { before, after });
        let record = Record::done(by, self.operation, &self.request, self.now, subject, change).part(self.part);
        self.audit.put(&record)
    }
}
