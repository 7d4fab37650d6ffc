//! The policy: one document.

use std::sync::{Arc, Mutex, PoisonError};

use centops_domain::{audit::Subject, health::PolicyDocument};
use jiff::{SignedDuration, Timestamp};

use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    audit::Act,
    item::{self, Expect},
    keys,
    transaction::Transaction,
};

/// So long a function goes by the policy that it read.
pub const FRESH: SignedDuration = SignedDuration::from_secs(30);

impl Store {
    /// The policy, strongly consistent; the defaults, of version 0, before one was put. A read unit for
    /// each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn policy(&self) -> Result<Versioned<PolicyDocument>, StoreError> {
        match self.get(keys::policy()).await? {
            None => Ok(Versioned { value: PolicyDocument::default(), version: 0 }),
            Some(item) => item::from_json_item(&item, keys::DOCUMENT),
        }
    }

    /// Puts `policy`, by `act`, in place of the one of the version `expected`, or of whatever there is.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when it has not the version `expected`.
    pub async fn put_policy(
        &self,
        act: &Act<'_>,
        policy: &PolicyDocument,
        expected: Option<i64>,
    ) -> Result<i64, StoreError> {
        for _ in 0..ATTEMPTS {
            let old = self.policy().await?;
            if expected.is_some_and(|expected| expected != old.version) {
                return Err(StoreError::Changed);
            }
            let next = Versioned { value: policy, version: old.version + 1 };
            let item = item::to_json_item(keys::policy(), keys::DOCUMENT, &next)?;
            // Both documents fit into one item: a body has less than half of what an item may have.
            let transaction = Transaction::of(self).put(item, Expect::after(old.version))?;
            match transaction.audit(act, Subject::default(), &old.value, policy)?.commit().await {
                Ok(()) => return Ok(next.version),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended)
    }
}

/// The policy as a warm function keeps it.
#[derive(Debug, Default)]
pub struct Policies {
    read: Mutex<Option<(Timestamp, Arc<PolicyDocument>)>>,
}

impl Policies {
    /// The policy at `now`: what was read within [`FRESH`], or is read now. Where the table does not
    /// answer, the last that was read goes on.
    ///
    /// # Errors
    /// When none was read yet and the table does not answer.
    pub async fn current(&self, store: &Store, now: Timestamp) -> Result<Arc<PolicyDocument>, StoreError> {
        let known = self.read.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((read, policy)) = &known
            && now.duration_since(*read) < FRESH
        {
            return Ok(Arc::clone(policy));
        }
        match (store.policy().await, known) {
            (Ok(policy), _) => {
                let policy = Arc::new(policy.value);
                *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&policy)));
                Ok(policy)
            }
            (Err(error), Some((_, policy))) => {
                tracing::warn!(%error, "the policy cannot be read, the last one goes on");
                Ok(policy)
            }
            (Err(error), None) => Err(error),
        }
    }
}
