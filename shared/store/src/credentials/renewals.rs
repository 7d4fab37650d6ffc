//! Renewals: the holder of a valid certificate gets another one.

use centops_domain::{
    chatbots::Name,
    credentials::{Certificate, CertificateId, Profile, TooEarly, ValidityDays},
};
use jiff::Timestamp;

use super::{
    certificates::certificate_item,
    filter::{CredentialFilter, subject_of},
};
use crate::{
    Store, StoreError, Versioned,
    audit::AuditContext,
    table::{Condition, WriteError},
};

/// A certificate that its holder may renew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewable {
    /// The newest valid certificate.
    pub newest: Versioned<Certificate>,
    /// The validity of its successor.
    pub days: ValidityDays,
}

/// Error of a renewal.
#[derive(Debug, thiserror::Error)]
pub enum RenewalError {
    /// The newest certificate is too new.
    #[error(transparent)]
    TooEarly(#[from] TooEarly),
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Returns what the holder may renew at `now`. Three read units.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the holder is not enrolled or has no valid certificate; [`RenewalError::TooEarly`].
    pub async fn renewable(&self, profile: Profile, name: &Name, now: Timestamp) -> Result<Renewable, RenewalError> {
        let enrolment = self.enrolment(profile, name).await?;
        let own = self.all_certificates(&CredentialFilter::holder(profile, name)).await?;
        let valid = own.iter().filter(|one| one.enrolled_at == enrolment.at && one.check_validity(now).is_ok());
        let newest = valid.max_by_key(|one| (one.not_after, one.serial)).ok_or(StoreError::NotFound)?;
        let newest = self.certificate(&CertificateId::from(newest)).await?;
        let days = newest.value.renewal(now)?;
        Ok(Renewable { newest, days })
    }

    /// Stores `successor`, which was just issued in place of `renewed`. The latter stays valid and gets another version,
    /// so that only one of concurrent renewals succeeds.
    ///
    /// # Errors
    /// [`StoreError::Changed`] if `renewed` was renewed or revoked meanwhile; [`StoreError::NotFound`] if the holder is no
    /// longer enrolled.
    pub async fn put_renewal(
        &self,
        audit: &AuditContext<'_>,
        renewed: &Versioned<Certificate>,
        successor: &Certificate,
    ) -> Result<(), StoreError> {
        /// The position of the condition that the holder is enrolled.
        const ENROLMENT: usize = 1;
        let Certificate { profile, ref name, enrolled_at, .. } = *successor;
        let transaction = self
            .transaction()
            .put(certificate_item(&renewed.value, renewed.version + 1)?, Condition::Version(renewed.version))?
            .enrolled(profile, name, enrolled_at)?
            .certificate(successor)?
            .audit(audit, subject_of(profile, name), &(), successor)?;
        match transaction.commit().await {
            Err(WriteError::Condition { position: ENROLMENT, .. }) => Err(StoreError::NotFound),
            result => result.map_err(WriteError::or_changed),
        }
    }
}
