//! Changes of planned outages: those that callers request, and the steps of time.

use centops_domain::{
    chatbots::Name,
    outages::{MAX_OUTAGES, OutageId, OutageRefusal, PlannedOutage, Reported},
};
use jiff::Timestamp;

use super::items::{outage_of, read_outage, subject_of};
use crate::{
    ATTEMPTS, IfMatch, Store, StoreError, Versioned, attributes,
    audit::AuditContext,
    keys,
    table::{self, WriteError, first_version, text_of},
};

/// Error of a change of a planned outage.
#[derive(Debug, thiserror::Error)]
pub enum OutageError {
    /// The change is refused.
    #[error(transparent)]
    Refused(#[from] OutageRefusal),
    /// The institution has too many planned outages that are not over.
    #[error("the institution has {MAX_OUTAGES} planned outages that are not over")]
    TooMany,
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Returns the planned outage `id`, strongly consistent. A read unit, and one for each 4 KB of the outage.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none, or it is no longer kept at `now`.
    pub async fn planned_outage(&self, id: OutageId, now: Timestamp) -> Result<Versioned<PlannedOutage>, StoreError> {
        let item = self.table.get(keys::planned_institution(id)).await?.ok_or(StoreError::NotFound)?;
        let institution: Name = table::json_of(&item, attributes::DOCUMENT)?;
        self.planned_outage_of(&institution, id, now).await
    }

    /// Returns the planned outage `id` of `institution` like [`Store::planned_outage`]. One read unit for each 4 KB.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none, or it is no longer kept at `now`.
    pub async fn planned_outage_of(
        &self,
        institution: &Name,
        id: OutageId,
        now: Timestamp,
    ) -> Result<Versioned<PlannedOutage>, StoreError> {
        let item = self.table.get(keys::planned_outage(institution, id)).await?.ok_or(StoreError::NotFound)?;
        read_outage(&item, now)?.ok_or(StoreError::NotFound)
    }

    /// Stores the new `outage`, with what is `reported` of it.
    ///
    /// # Errors
    /// [`OutageError::TooMany`]: two requests at once may exceed the limit by one; [`StoreError::Exists`] if there is one of
    /// its id.
    pub async fn create_planned_outage(
        &self,
        audit: &AuditContext<'_>,
        outage: PlannedOutage,
        reported: Option<Reported>,
    ) -> Result<Versioned<PlannedOutage>, OutageError> {
        if self.open_outages(&outage.institution, audit.now).await?.len() >= MAX_OUTAGES {
            return Err(OutageError::TooMany);
        }
        let new = Versioned { version: first_version(audit.now), value: outage };
        let transaction = self.outage_change(None, &new, reported, audit.now)?;
        let transaction = transaction.audit(audit, subject_of(&new.value), &(), &new.value.view(audit.now))?;
        transaction.commit().await.map_err(|error| error.or(StoreError::Exists))?;
        Ok(new)
    }

    /// Changes the planned outage `id` by `change`. `expected` must accept its version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] if `expected` does not accept its version; the error of `change`.
    pub async fn change_planned_outage(
        &self,
        audit: &AuditContext<'_>,
        id: OutageId,
        expected: impl Into<IfMatch>,
        change: impl Fn(&PlannedOutage) -> Result<(PlannedOutage, Option<Reported>), OutageRefusal>,
    ) -> Result<Versioned<PlannedOutage>, OutageError> {
        let (expected, now) = (expected.into(), audit.now);
        for _ in 0..ATTEMPTS {
            let old = self.planned_outage(id, now).await?;
            old.check_version(&expected)?;
            let (value, reported) = change(&old.value)?;
            if value == old.value {
                return Ok(old);
            }
            let new = Versioned { value, version: old.version + 1 };
            let transaction = self.outage_change(Some(&old), &new, reported, now)?;
            let (before, after) = (Some(old.value.view(now)), new.value.view(now));
            match transaction.audit(audit, subject_of(&new.value), &before, &after)?.commit().await {
                Ok(()) => return Ok(new),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Takes the step of the outage `read` that is due at `now`, and writes it with its event. `still_out` says whether
    /// chatbots of the window of its task are out. Returns the outage after it; none if another changed it since it was
    /// read, so that the step is its own. Two write units for each KB of the outage and of the windows that change.
    ///
    /// # Errors
    /// When the table does not answer. The step may have been written.
    pub async fn advance_planned_outage(
        &self,
        read: &Versioned<PlannedOutage>,
        still_out: bool,
        now: Timestamp,
    ) -> Result<Option<Versioned<PlannedOutage>>, StoreError> {
        let (value, reported) = read.value.advanced(still_out, now);
        let new = Versioned { value, version: read.version + 1 };
        match self.outage_change(Some(read), &new, reported, now)?.commit().await {
            Ok(()) => Ok(Some(new)),
            Err(WriteError::Condition { .. } | WriteError::Conflict) => Ok(None),
            Err(WriteError::Failed(error)) => Err(error),
        }
    }

    /// Returns the planned outages of which a step is due at `now`, the longest due first, at most `limit` of each shard.
    /// The index lags behind the table by a moment. Half a read unit for each shard and 4 KB of keys.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn due_outages(&self, now: Timestamp, limit: usize) -> Result<Vec<(Name, OutageId)>, StoreError> {
        let due = self.due_in_shards(keys::due_outages_partition, now, limit).await?;
        let outages = due.iter().map(|(_, item)| text_of(item, attributes::SK).map(outage_of));
        outages.filter_map(Result::transpose).collect()
    }
}
