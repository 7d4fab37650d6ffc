//! The audit context of a request.

use aws_sdk_dynamodb::types::Put;
use centops_domain::audit::{Actor, Change, Record, Subject};
use jiff::Timestamp;
use serde::Serialize;

use super::trail::Audit;
use crate::{StoreError, table::Transaction};

/// The actor, operation, request id and time of one request. A write of the store takes it and stores the audit
/// record in the same transaction.
#[derive(Clone, Debug)]
pub struct AuditContext<'a> {
    audit: &'a Audit,
    actor: Actor,
    via: Option<String>,
    operation: &'a str,
    request_id: String,
    part: u8,
    /// The time of the request.
    pub now: Timestamp,
}

impl<'a> AuditContext<'a> {
    /// Returns the context of the request `request_id`, in which `actor` called `operation` (its `operationId`) at
    /// `now`.
    #[must_use]
    pub fn new(audit: &'a Audit, actor: Actor, operation: &'a str, request_id: String, now: Timestamp) -> Self {
        Self { audit, actor, via: None, operation, request_id, part: 0, now }
    }

    /// Returns the context of an actor who used `via` in place of a session or a token.
    #[must_use]
    pub fn via(self, via: Option<String>) -> Self {
        Self { via, ..self }
    }

    /// Returns the context of the same request with another `actor`, whom the request itself authenticated.
    #[must_use]
    pub fn by(&self, actor: Actor) -> Self {
        Self { actor, ..self.clone() }
    }

    /// Returns the context of the write `part` of the same request, for a request that writes more than once. The
    /// first write is part 0. Two writes of the same part count as a repetition.
    #[must_use]
    pub fn part(&self, part: u8) -> Self {
        Self { part, ..self.clone() }
    }

    /// Returns the context of the write of `item` of the same request, for a request that writes more items than there are
    /// parts.
    #[must_use]
    pub(crate) fn of(&self, item: &str) -> Self {
        Self { request_id: format!("{}-{item}", self.request_id), ..self.clone() }
    }

    /// Returns the id of the request.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// Returns the operation.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.operation
    }

    /// Returns the actor.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Writes the record of a refusal, within the budget of [`Audit::write_refusal`].
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn write_refusal(&self, subject: Subject, reason: &str) -> Result<(), StoreError> {
        let actor = self.actor.clone();
        let record = Record::refused(actor, self.operation, &self.request_id, self.now, subject, reason);
        self.audit.write_refusal(&record.via(self.via.as_deref()).part(self.part)).await
    }

    /// Returns the put of the record of a change of `subject` from `before` to `after`.
    fn record(&self, subject: Subject, before: &impl Serialize, after: &impl Serialize) -> Result<Put, StoreError> {
        let before = serde_json::to_value(before).map_err(StoreError::unreadable)?;
        let after = serde_json::to_value(after).map_err(StoreError::unreadable)?;
        let (actor, change) = (self.actor.clone(), Change { before, after });
        let record = Record::done(actor, self.operation, &self.request_id, self.now, subject, change);
        self.audit.put(&record.via(self.via.as_deref()).part(self.part))
    }
}

impl Transaction<'_> {
    /// Adds the audit record of a change of `subject` from `before` to `after`, in the format of the API. A value that
    /// serialises as `null`, such as `()`, stands for an absent one.
    pub(crate) fn audit(
        self,
        context: &AuditContext<'_>,
        subject: Subject,
        before: &impl Serialize,
        after: &impl Serialize,
    ) -> Result<Self, StoreError> {
        let record = context.record(subject, before, after)?;
        Ok(self.with_record(record))
    }
}
