//! The policy: one document.

use std::sync::{Arc, Mutex, PoisonError};

use centops_domain::{audit::Subject, health::PolicyDocument};
use jiff::{SignedDuration, Timestamp};

use crate::{
    ATTEMPTS, IfMatch, Store, StoreError, Versioned, attributes,
    audit::AuditContext,
    keys,
    table::{self, Condition},
};

/// Age at which a function reads the policy again.
pub const POLICY_MAX_AGE: SignedDuration = SignedDuration::from_secs(30);

impl Store {
    /// Returns the policy, strongly consistent; the defaults, with version 0, before one is put. One read unit for
    /// each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn policy(&self) -> Result<Versioned<PolicyDocument>, StoreError> {
        match self.table.get(keys::policy()).await? {
            None => Ok(Versioned { value: PolicyDocument::default(), version: 0 }),
            Some(item) => table::from_json_item(&item, attributes::DOCUMENT),
        }
    }

    /// Replaces the policy by `policy` and returns the new version. `expected` must accept the version of the
    /// stored one.
    ///
    /// # Errors
    /// [`StoreError::Changed`] if `expected` does not accept its version.
    pub async fn put_policy(
        &self,
        audit: &AuditContext<'_>,
        policy: &PolicyDocument,
        expected: impl Into<IfMatch>,
    ) -> Result<i64, StoreError> {
        let expected = expected.into();
        for _ in 0..ATTEMPTS {
            let old = self.policy().await?;
            old.check_version(&expected)?;
            let next = Versioned { value: policy, version: old.version + 1 };
            let item = table::to_json_item(keys::policy(), attributes::DOCUMENT, &next)?;
            // The record holds both documents: a request body has less than half the size of an item.
            let transaction = self.transaction().put(item, Condition::replaces(old.version))?;
            match transaction.audit(audit, Subject::default(), &old.value, policy)?.commit().await {
                Ok(()) => return Ok(next.version),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }
}

/// The policy in the memory of a warm function.
#[derive(Debug, Default)]
pub struct PolicyCache {
    cached: Mutex<Option<(Timestamp, Arc<PolicyDocument>)>>,
}

impl PolicyCache {
    /// Returns the policy at `now`: the cached one for [`POLICY_MAX_AGE`], then the stored one. If the table does not
    /// answer, the cached policy stays in use.
    ///
    /// # Errors
    /// When no policy is cached and the table does not answer.
    pub async fn current(&self, store: &Store, now: Timestamp) -> Result<Arc<PolicyDocument>, StoreError> {
        let cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((read, policy)) = &cached
            && now.duration_since(*read) < POLICY_MAX_AGE
        {
            return Ok(Arc::clone(policy));
        }
        match (store.policy().await, cached) {
            (Ok(policy), _) => {
                let policy = Arc::new(policy.value);
                *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&policy)));
                Ok(policy)
            }
            (Err(error), Some((_, policy))) => {
                tracing::warn!(%error, "failed to read the policy, using the cached one");
                Ok(policy)
            }
            (Err(error), None) => Err(error),
        }
    }
}
