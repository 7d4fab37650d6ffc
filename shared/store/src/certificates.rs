//! The certificates that CentOps issued: the list of those that get in.

use std::{fmt, str::FromStr};

use centops_domain::{
    audit::Subject,
    chatbots::Name,
    credentials::{Certificate, Profile, Serial},
};

use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    audit::Act,
    item::{self, Expect, Item},
    keys,
    transaction::Transaction,
};

/// So many certificates are revoked in one transaction at the most: it has room for a hundred writes.
const AT_ONCE: usize = 50;

/// Which certificates a list has.
#[derive(Clone, Debug, Default)]
pub struct CertificateFilter {
    /// Of this profile only.
    pub profile: Option<Profile>,
    /// Of holders of this name only.
    pub name: Option<Name>,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct CertificatePage {
    /// By profile, name and serial number. May be fewer than asked for, or none, while there is a next page.
    pub certificates: Vec<Certificate>,
    /// The certificate after which the next page starts; none on the last.
    pub next: Option<CertificateId>,
}

/// What a certificate is found by. As text its parts with `#` between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateId {
    /// What its holder is.
    pub profile: Profile,
    /// Its holder.
    pub name: Name,
    /// Its number.
    pub serial: Serial,
}

/// A text that is no [`CertificateId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the place of a certificate")]
pub struct InvalidCertificateId;

impl fmt::Display for CertificateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}#{}", self.profile, self.name, self.serial)
    }
}

impl FromStr for CertificateId {
    type Err = InvalidCertificateId;

    fn from_str(text: &str) -> Result<Self, InvalidCertificateId> {
        let mut parts = text.splitn(3, '#');
        let mut next = || parts.next().unwrap_or_default();
        match (next().parse(), next().parse(), next().parse()) {
            (Ok(profile), Ok(name), Ok(serial)) => Ok(Self { profile, name, serial }),
            _ => Err(InvalidCertificateId),
        }
    }
}

impl From<&Certificate> for CertificateId {
    fn from(certificate: &Certificate) -> Self {
        let Certificate { profile, ref name, serial, .. } = *certificate;
        Self { profile, name: name.clone(), serial }
    }
}

impl CertificateFilter {
    /// Whether a page of such a list can start after `place`.
    #[must_use]
    pub fn reaches(&self, place: &CertificateId) -> bool {
        place.to_string().starts_with(&self.prefix())
    }

    /// How the sort keys start.
    fn prefix(&self) -> String {
        match (self.profile, &self.name) {
            (Some(profile), Some(name)) => format!("{profile}#{name}#"),
            (Some(profile), None) => format!("{profile}#"),
            (None, _) => String::new(),
        }
    }
}

impl Store {
    /// Stores `certificate`, which was just issued by `act`.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the number was used before.
    pub async fn put_certificate(&self, act: &Act<'_>, certificate: &Certificate) -> Result<(), StoreError> {
        let transaction = Transaction::of(self).put(certificate_item(certificate, 1)?, Expect::Absent)?.audit(
            act,
            subject(certificate),
            &(),
            certificate,
        )?;
        transaction.commit().await.map_err(|refused| refused.or(StoreError::Exists))
    }

    /// The certificate `id`, strongly consistent. One read unit.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when CentOps issued none such.
    pub async fn certificate(&self, id: &CertificateId) -> Result<Versioned<Certificate>, StoreError> {
        let item = self.get(keys::certificate(id)).await?.ok_or(StoreError::NotFound)?;
        item::from_versioned_item(item)
    }

    /// Up to `limit` certificates after the place `after`, those that `filter` lets through, the revoked
    /// and the expired ones too. Costs a read unit for each 4 KB read. `after` must be one that the filter
    /// reaches.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn certificates(
        &self,
        filter: &CertificateFilter,
        after: Option<&CertificateId>,
        limit: i32,
    ) -> Result<CertificatePage, StoreError> {
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .expression_attribute_values(":pk", keys::text(keys::CERTIFICATES))
            .consistent_read(true)
            .limit(limit)
            .set_exclusive_start_key(after.map(keys::certificate));
        query = match filter.prefix() {
            all if all.is_empty() => query.key_condition_expression("pk = :pk"),
            prefix => query
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", keys::text(prefix)),
        };
        if let (None, Some(name)) = (filter.profile, &filter.name) {
            query = query
                .filter_expression("#name = :name")
                .expression_attribute_names("#name", "name")
                .expression_attribute_values(":name", keys::text(name.as_str()));
        }
        let page = query.send().await.map_err(|error| StoreError::unavailable(&error))?;
        let next = item::place_after(page.last_evaluated_key)?;
        let items = page.items.unwrap_or_default();
        let certificates = items.into_iter().map(item::from_item).collect::<Result<_, _>>()?;
        Ok(CertificatePage { certificates, next })
    }

    /// Revokes the certificate `id`, by `act`: from the next request on it does not get in. One that is
    /// revoked stays as it is.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when CentOps issued none such.
    pub async fn revoke_certificate(
        &self,
        act: &Act<'_>,
        id: &CertificateId,
        reason: &str,
    ) -> Result<Certificate, StoreError> {
        for _ in 0..ATTEMPTS {
            let old = self.certificate(id).await?;
            let new = old.value.clone().revoked(reason, act.now);
            if new == old.value {
                return Ok(new);
            }
            let transaction = Transaction::of(self)
                .put(certificate_item(&new, old.version + 1)?, Expect::Version(old.version))?
                .audit(act, subject(&new), &old.value, &new)?;
            match transaction.commit().await {
                Ok(()) => return Ok(new),
                Err(refused) => refused.again()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Revokes what certificates the holder has, by `act`, in writes of the parts from `part` on. Gives the
    /// part after the last.
    ///
    /// # Errors
    /// When the table does not answer; some may be revoked then.
    pub(crate) async fn revoke_certificates_of(
        &self,
        act: &Act<'_>,
        profile: Profile,
        name: &Name,
        reason: &str,
        mut part: u8,
    ) -> Result<u8, StoreError> {
        const PAGE: i32 = 100;
        let filter = CertificateFilter { profile: Some(profile), name: Some(name.clone()) };
        let mut after = None;
        loop {
            let page = self.certificates(&filter, after.as_ref(), PAGE).await?;
            let live: Vec<_> = page.certificates.into_iter().filter(|one| one.revoked_at.is_none()).collect();
            for some in live.chunks(AT_ONCE) {
                self.revoke_all(&act.part(part), some, reason).await?;
                part = part.checked_add(1).ok_or(StoreError::Contended)?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(part);
            }
        }
    }

    /// Revokes all of `live`, which are of one holder, in one transaction.
    async fn revoke_all(&self, act: &Act<'_>, live: &[Certificate], reason: &str) -> Result<(), StoreError> {
        let Some(first) = live.first() else { return Ok(()) };
        let revoked: Vec<_> = live.iter().map(|one| one.clone().revoked(reason, act.now)).collect();
        let transaction = revoked.iter().try_fold(Transaction::of(self), |transaction, one| {
            // Whoever revoked one meanwhile did the same; its reason gives way.
            transaction.put(certificate_item(one, 2)?, Expect::Any)
        })?;
        let transaction = transaction.audit(act, subject(first), &live, &revoked)?;
        transaction.commit().await.map_err(|refused| refused.or(StoreError::Contended))
    }
}

/// Whom it is done to.
fn subject(certificate: &Certificate) -> Subject {
    match certificate.profile {
        Profile::Chatbot => Subject { chatbot: Some(certificate.name.clone()), institution: None },
        Profile::Dmr => Subject::default(),
    }
}

pub(crate) fn certificate_item(certificate: &Certificate, version: i64) -> Result<Item, StoreError> {
    let key = keys::certificate(&CertificateId::from(certificate));
    let mut item = item::to_versioned_item(key, certificate, version)?;
    item.insert(keys::EXPIRES.to_owned(), keys::number(certificate.retained_until().as_second()));
    Ok(item)
}
