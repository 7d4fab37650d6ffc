//! The certificates that CentOps issued.

use centops_domain::credentials::{Certificate, CertificateId, Profile};

use super::{
    filter::{CredentialFilter, subject_of},
    sweeps::{Sweep, SweepScope},
};
use crate::{
    ATTEMPTS, Page, Store, StoreError, Versioned, attributes,
    audit::AuditContext,
    keys,
    table::{self, Condition, Item, WriteError, first_version, number},
};

/// The most certificates that are revoked in one transaction, which has at most 100 writes.
const BATCH: usize = 50;

/// A revoked certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// The certificate.
    pub certificate: Certificate,
    /// The sweep that ends the route subscription, if it was the last valid certificate of a DMR.
    pub sweep: Option<Sweep>,
}

impl Store {
    /// Stores `certificate`, which was just issued to the enrolment that it names.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if the holder is not, or no longer, enrolled; [`StoreError::Exists`] if the serial
    /// number was used before.
    pub async fn put_certificate(&self, audit: &AuditContext<'_>, certificate: &Certificate) -> Result<(), StoreError> {
        let Certificate { profile, ref name, enrolled_at, .. } = *certificate;
        for _ in 0..ATTEMPTS {
            let transaction = self
                .transaction()
                .certificate(certificate)?
                .enrolled(profile, name, enrolled_at)?
                .audit(audit, subject_of(profile, name), &(), certificate)?;
            match transaction.commit().await {
                Ok(()) => return Ok(()),
                Err(WriteError::Condition { position: 0, .. }) => return Err(StoreError::Exists),
                Err(WriteError::Condition { .. }) => return Err(StoreError::NotFound),
                // The holder was being changed.
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Returns the certificate `id`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if CentOps did not issue it.
    pub async fn certificate(&self, id: &CertificateId) -> Result<Versioned<Certificate>, StoreError> {
        let item = self.table.get(keys::certificate(id)).await?.ok_or(StoreError::NotFound)?;
        table::from_versioned_item(item)
    }

    /// Returns a page of up to `limit` certificates that match `filter`, by profile, name and serial number, after the
    /// position `after`. Includes revoked and expired ones. The filter must include `after`. One read unit for each
    /// 4 KB read.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn certificates(
        &self,
        filter: &CredentialFilter,
        after: Option<&CertificateId>,
        limit: i32,
    ) -> Result<Page<Certificate, CertificateId>, StoreError> {
        let query = filter.query(&self.table, keys::CERTIFICATES);
        let query = query.set_exclusive_start_key(after.map(keys::certificate));
        table::fetch_page(query, limit, |item| table::from_item(item).map(Some)).await
    }

    /// Revokes the certificate `id`: it is refused from the next request on. A revoked one stays as it is. Stores a
    /// [`Sweep`] for a DMR, whose route subscription ends with its last valid certificate.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if CentOps did not issue it.
    pub async fn revoke_certificate(
        &self,
        audit: &AuditContext<'_>,
        id: &CertificateId,
        reason: &str,
    ) -> Result<Revoked, StoreError> {
        for _ in 0..ATTEMPTS {
            let old = self.certificate(id).await?;
            let new = old.value.clone().revoked(reason, audit.now);
            let scope = SweepScope::RouteSubscription { revoked: new.serial };
            let sweep = (new.profile == Profile::Dmr)
                .then(|| Sweep::new(audit, scope, new.profile, &new.name, new.enrolled_at));
            if new == old.value {
                return Ok(Revoked { certificate: new, sweep });
            }
            let mut transaction =
                self.transaction().put(certificate_item(&new, old.version + 1)?, Condition::Version(old.version))?;
            if let Some(sweep) = &sweep {
                transaction = transaction.sweep(sweep)?;
            }
            let transaction = transaction.audit(audit, subject_of(new.profile, &new.name), &old.value, &new)?;
            match transaction.commit().await {
                Ok(()) => return Ok(Revoked { certificate: new, sweep }),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Returns all certificates that match `filter`. One read unit for each 4 KB.
    pub(crate) async fn all_certificates(&self, filter: &CredentialFilter) -> Result<Vec<Certificate>, StoreError> {
        const LIMIT: i32 = 1000;
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.certificates(filter, after.as_ref(), LIMIT).await?;
            all.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Revokes the certificates of the enrolment of `sweep`. The writes are parts of the request from `part` on.
    /// Returns the part after the last one.
    ///
    /// # Errors
    /// When the table does not answer; some may be revoked then.
    pub(super) async fn revoke_certificates_of(
        &self,
        audit: &AuditContext<'_>,
        sweep: &Sweep,
        mut part: u8,
    ) -> Result<u8, StoreError> {
        let mut valid = self.all_certificates(&CredentialFilter::holder(sweep.profile, &sweep.name)).await?;
        valid.retain(|one| one.enrolled_at == sweep.enrolled_at && one.revoked_at.is_none());
        for batch in valid.chunks(BATCH) {
            self.revoke_certificates(&audit.part(part), batch, &sweep.reason).await?;
            part = part.checked_add(1).ok_or(StoreError::Contended)?;
        }
        Ok(part)
    }

    /// Revokes all of `valid`, which belong to one holder, in one transaction.
    async fn revoke_certificates(
        &self,
        audit: &AuditContext<'_>,
        valid: &[Certificate],
        reason: &str,
    ) -> Result<(), StoreError> {
        let Some(first) = valid.first() else { return Ok(()) };
        let revoked: Vec<_> = valid.iter().map(|one| one.clone().revoked(reason, audit.now)).collect();
        let transaction = revoked.iter().try_fold(self.transaction(), |transaction, one| {
            // Unconditional: another caller that revoked one meanwhile did the same, with another reason.
            transaction.put(certificate_item(one, first_version(audit.now))?, Condition::None)
        })?;
        let transaction = transaction.audit(audit, subject_of(first.profile, &first.name), &valid, &revoked)?;
        transaction.commit().await.map_err(|error| error.or(StoreError::Contended))
    }
}

/// Returns the item of `certificate` with `version`.
pub(super) fn certificate_item(certificate: &Certificate, version: i64) -> Result<Item, StoreError> {
    let key = keys::certificate(&CertificateId::from(certificate));
    let mut item = table::to_versioned_item(key, certificate, version)?;
    item.insert(attributes::EXPIRES.to_owned(), number(certificate.retained_until().as_second()));
    Ok(item)
}
