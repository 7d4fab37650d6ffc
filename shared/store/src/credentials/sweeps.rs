//! Sweeps: what remains to be ended after a removal or a revocation.
//!
//! The transaction of a removal stores a sweep. The request that removes then carries it out, and deletes its item as
//! the last step. If that request ends early, a scheduled function or a repetition of the request carries it out. Each
//! step may be repeated.

use centops_domain::{
    audit::Actor,
    chatbots::Name,
    credentials::{Profile, Serial},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::filter::CredentialFilter;
use crate::{
    Store, StoreError,
    audit::AuditContext,
    keys,
    table::{self, Condition, Transaction},
};

/// The part of the removing request from which the writes of its sweep are counted. Part 0 is the removal itself.
const FIRST_PART: u8 = 1;

/// An unfinished sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sweep {
    /// The credentials that are ended.
    pub scope: SweepScope,
    /// The holder's profile.
    pub profile: Profile,
    /// The holder's name.
    pub name: Name,
    /// The enrolment whose credentials are ended. A later enrolment of the name is not affected.
    pub enrolled_at: Timestamp,
    /// The reason of the revocations.
    pub reason: String,
    /// The actor of the request that caused the sweep. The audit records of the sweep name it.
    pub by: Actor,
    /// The operation of that request.
    pub operation: String,
}

/// The credentials that a [`Sweep`] ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SweepScope {
    /// Certificates, API keys and the route subscription of an enrolment.
    Enrolment,
    /// The route subscription of a DMR, unless the DMR has another valid certificate than the revoked one.
    RouteSubscription {
        /// The serial number of the revoked certificate.
        revoked: Serial,
    },
}

impl Sweep {
    pub(crate) fn of_enrolment(
        audit: &AuditContext<'_>,
        profile: Profile,
        name: &Name,
        enrolled_at: Timestamp,
    ) -> Self {
        let holder = match profile {
            Profile::Chatbot => "chatbot",
            Profile::Dmr => "DMR",
        };
        let reason = format!("The {holder} was removed.");
        Self { reason, ..Self::new(audit, SweepScope::Enrolment, profile, name, enrolled_at) }
    }

    pub(super) fn new(
        audit: &AuditContext<'_>,
        scope: SweepScope,
        profile: Profile,
        name: &Name,
        enrolled_at: Timestamp,
    ) -> Self {
        let (by, operation) = (audit.actor().clone(), audit.operation().to_owned());
        Self { scope, profile, name: name.clone(), enrolled_at, reason: String::new(), by, operation }
    }

    fn sk(&self) -> String {
        let Self { profile, name, enrolled_at, .. } = self;
        match self.scope {
            SweepScope::Enrolment => format!("enrolment#{profile}#{name}#{}", enrolled_at.as_nanosecond()),
            SweepScope::RouteSubscription { revoked } => format!("route-subscription#{name}#{revoked}"),
        }
    }
}

impl Transaction<'_> {
    /// Adds the item of `sweep`.
    pub(crate) fn sweep(self, sweep: &Sweep) -> Result<Self, StoreError> {
        self.put(table::to_item(keys::sweep(sweep.sk()), sweep)?, Condition::None)
    }
}

impl Store {
    /// Returns all unfinished sweeps, strongly consistent. Half a read unit if there are none.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn sweeps(&self) -> Result<Vec<Sweep>, StoreError> {
        self.table.all(keys::SWEEPS).await?.into_iter().map(table::from_item).collect()
    }

    /// Returns the unfinished sweeps of removed holders of `name`, strongly consistent.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn sweeps_of(&self, profile: Profile, name: &Name) -> Result<Vec<Sweep>, StoreError> {
        let query = self.table.query_prefix(keys::SWEEPS, format!("enrolment#{profile}#{name}#"));
        table::collect(query).await?.into_iter().map(table::from_item).collect()
    }

    /// Revokes the certificates and API keys of the enrolment that `sweep` is about.
    ///
    /// # Errors
    /// When the table does not answer; some may be revoked then.
    pub async fn sweep_credentials(&self, audit: &AuditContext<'_>, sweep: &Sweep) -> Result<(), StoreError> {
        let part = self.revoke_certificates_of(audit, sweep, FIRST_PART).await?;
        self.revoke_api_keys_of(audit, sweep, part).await
    }

    /// Deletes the item of `sweep`, which was carried out.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn finish_sweep(&self, sweep: &Sweep) -> Result<(), StoreError> {
        let transaction = self.transaction().delete(keys::sweep(sweep.sk()), None)?;
        transaction.commit().await.map_err(|error| error.or(StoreError::Contended))
    }

    /// Carries out `sweep`, which is about a chatbot.
    ///
    /// # Errors
    /// When the table does not answer: the sweep stays stored.
    pub async fn sweep_chatbot(&self, audit: &AuditContext<'_>, sweep: &Sweep) -> Result<(), StoreError> {
        self.sweep_credentials(audit, sweep).await?;
        self.finish_sweep(sweep).await
    }

    /// Returns whether the holder has a certificate of the enrolment `enrolled_at` that is valid at `now`.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn has_valid_certificate(
        &self,
        profile: Profile,
        name: &Name,
        enrolled_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let certificates = self.all_certificates(&CredentialFilter::holder(profile, name)).await?;
        Ok(certificates.iter().any(|one| one.enrolled_at == enrolled_at && one.check_validity(now).is_ok()))
    }
}
