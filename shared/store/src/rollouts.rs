//! Rollouts: their heads, the updates of chatbots, and the sums of institutions.
//!
//! A step of an update reads its item, the head of the rollout and the sums of the institution, and writes those that it
//! changes in one transaction, on the condition that none of them has changed since. So every history of the items is one of
//! whole steps, as the search of `tools/model` assumes: a report that stops a rollout and a question for an offer that was
//! read before it cannot both be written. What a step does not change it does not depend on, but for whether the rollout
//! runs; the search checks that, too.

mod items;
mod updates;

use centops_domain::{
    audit::Subject,
    chatbots::Name,
    rollouts::{Head, HeadRecord, InstitutionCounts, PhaseWaits, Rollout, RolloutId},
};
use jiff::Timestamp;

use self::items::{head_item, institution_of, read_head};
pub use self::updates::{DueUpdate, UpdateOf, UpdateStep};
use crate::{
    ATTEMPTS, IfMatch, Page, Store, StoreError, Versioned, attributes,
    audit::AuditContext,
    keys,
    table::{self, Condition, first_version},
};

/// Error of a change of a rollout.
#[derive(Debug, thiserror::Error)]
pub enum RolloutError {
    /// The next phase cannot begin yet.
    #[error(transparent)]
    Waits(#[from] PhaseWaits),
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Stores the new `rollout`, which begins with its first phase.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if there is one of its id.
    pub async fn create_rollout(
        &self,
        audit: &AuditContext<'_>,
        rollout: &Rollout,
    ) -> Result<Versioned<HeadRecord>, StoreError> {
        let version = first_version(rollout.created_at);
        let head = Versioned { value: HeadRecord::default(), version };
        let new = Versioned { value: rollout, version };
        let item = table::to_json_item(keys::rollout(rollout.id), attributes::DOCUMENT, &new)?;
        let transaction = self
            .transaction()
            .put(item, Condition::Absent)?
            .put(head_item(rollout.id, &head)?, Condition::Absent)?
            .audit(audit, Subject::default(), &(), rollout)?;
        transaction.commit().await.map_err(|error| error.or(StoreError::Exists))?;
        Ok(head)
    }

    /// Returns the rollout `id`. One read unit for each 4 KB.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is none.
    pub async fn rollout(&self, id: RolloutId) -> Result<Rollout, StoreError> {
        let item = self.table.get(keys::rollout(id)).await?.ok_or(StoreError::NotFound)?;
        table::json_of(&item, attributes::DOCUMENT)
    }

    /// Returns a page of up to `limit` rollouts, the newest first, after `after`. One read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn rollouts(&self, after: Option<RolloutId>, limit: i32) -> Result<Page<Rollout, RolloutId>, StoreError> {
        let query = self.table.query_partition(keys::ROLLOUTS).scan_index_forward(false);
        let read = |item| table::json_of(&item, attributes::DOCUMENT).map(Some);
        table::fetch_page(query.set_exclusive_start_key(after.map(keys::rollout)), limit, read).await
    }

    /// Returns the head of the rollout `id`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such rollout.
    pub async fn rollout_head(&self, id: RolloutId) -> Result<Versioned<HeadRecord>, StoreError> {
        read_head(&self.table.get(keys::rollout_head(id)).await?.ok_or(StoreError::NotFound)?)
    }

    /// Returns the sums of each institution in the rollout `id`, by institution. One read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn rollout_institutions(&self, id: RolloutId) -> Result<Vec<(Name, InstitutionCounts)>, StoreError> {
        let query = self.table.query_prefix(&keys::rollout_pk(id), keys::INSTITUTION_PREFIX.to_owned());
        table::collect(query).await?.iter().map(institution_of).collect()
    }

    /// Changes the head of the rollout `id` by `change`, for a caller that requested it. `expected` must accept its version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] if `expected` does not accept its version.
    pub async fn change_rollout(
        &self,
        audit: &AuditContext<'_>,
        id: RolloutId,
        expected: impl Into<IfMatch>,
        change: impl Fn(&mut Head),
    ) -> Result<Versioned<HeadRecord>, StoreError> {
        let expected = expected.into();
        for _ in 0..ATTEMPTS {
            let old = self.rollout_head(id).await?;
            old.check_version(&expected)?;
            let mut head = old.value.head;
            change(&mut head);
            if head == old.value.head {
                return Ok(old);
            }
            let new = Versioned { value: old.value.changed(head, audit.now), version: old.version + 1 };
            let transaction = self.transaction().put(head_item(id, &new)?, Condition::Version(old.version))?.audit(
                audit,
                Subject::default(),
                &old.value,
                &new.value,
            )?;
            match transaction.commit().await {
                Ok(()) => return Ok(new),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Begins the next phase of `rollout` at `now`, if its plan allows it. A phase begins once, however many ask.
    ///
    /// # Errors
    /// [`RolloutError::Waits`] says what the rollout waits for.
    pub async fn begin_next_phase(
        &self,
        rollout: &Rollout,
        now: Timestamp,
    ) -> Result<Versioned<HeadRecord>, RolloutError> {
        for _ in 0..ATTEMPTS {
            let old = self.rollout_head(rollout.id).await?;
            let value = rollout.plan.begin_next_phase(&old.value, rollout.digest, now)?;
            let new = Versioned { value, version: old.version + 1 };
            match self.table.put(head_item(rollout.id, &new)?, Condition::Version(old.version)).await {
                Ok(()) => return Ok(new),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }
}
