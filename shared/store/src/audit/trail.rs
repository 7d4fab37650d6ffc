//! The audit table and the write of a record.

use std::sync::{LazyLock, Mutex, PoisonError};

use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemError, query::builders::QueryFluentBuilder},
    types::Put,
};
use centops_domain::{audit::Record, refusals::RefusalBudget};

use super::keys;
use crate::{StoreError, table::Condition};

/// The audit table, through one client.
#[derive(Debug)]
pub struct Audit {
    client: LazyLock<Client, Box<dyn FnOnce() -> Client + Send>>,
    table: String,
    refusals: Mutex<RefusalBudget>,
}

impl Audit {
    /// Returns the audit table `table`.
    #[must_use]
    pub fn new(client: Client, table: String) -> Self {
        Self::with_lazy_client(|| client, table)
    }

    /// Returns the audit table `table` with a client that is created at its first use, for functions that write
    /// nothing but refusals.
    #[must_use]
    pub fn with_lazy_client(client: impl FnOnce() -> Client + Send + 'static, table: String) -> Self {
        Self { client: LazyLock::new(Box::new(client)), table, refusals: Mutex::default() }
    }

    /// Writes `record`, unless it is stored already. One write unit for each KB, and the same again for the chatbot
    /// and for the person of the record.
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
            // The SDK repeats a request whose response was lost.
            Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
            _ => Err(StoreError::unavailable(&error)),
        }
    }

    /// Writes `record`, which is about a refusal, within the budget of this environment and minute. Refusals beyond it
    /// are counted in the log.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn write_refusal(&self, record: &Record) -> Result<(), StoreError> {
        let spending = self.refusals.lock().unwrap_or_else(PoisonError::into_inner).spend(record.at);
        if let Some(count) = spending.unwritten {
            tracing::warn!(count, "refusals over the limit not written to the audit table count={count}");
        }
        if spending.is_within { self.write(record).await } else { Ok(()) }
    }

    /// Returns the put of `record`, which replaces nothing.
    pub(super) fn put(&self, record: &Record) -> Result<Put, StoreError> {
        Condition::Absent.put(&self.table, keys::record_item(record)?)
    }

    pub(super) fn query(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&self.table)
    }
}
