//! Certificates by the day of their end, and the notices about those that end soon.

use centops_domain::{
    alerts::{Event, EventKind},
    credentials::{Certificate, CertificateId, Profile, day, notice_time},
};
use jiff::{SignedDuration, civil::Date};
use serde::{Deserialize, Serialize};

use super::{certificates::certificate_item, filter::CredentialFilter};
use crate::{
    Page, Store, StoreError, Versioned, attributes,
    keys::{self, EventSubject},
    table::{self, Condition, Transaction, WriteError, expiry, text_of},
};

/// Retention of the entry of a certificate among those that end on its day. Missed notices are made up for meanwhile.
const RETENTION: SignedDuration = SignedDuration::from_hours(60 * 24);

/// The progress of the notices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeProgress {
    /// The last day whose notices were all given.
    pub done: Option<Date>,
    /// The position in the notices of a day that were not all given.
    pub position: Option<NoticePosition>,
}

/// A position in the notices of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePosition {
    /// The day.
    pub today: Date,
    /// The number of notices of the day that were given to all certificates.
    pub given: usize,
    /// The last certificate that got the notice after them.
    pub after: Option<String>,
}

impl Store {
    /// Returns the progress of the notices. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn notice_progress(&self) -> Result<NoticeProgress, StoreError> {
        let item = self.table.get(keys::notices()).await?;
        let read = item.map(|item| table::json_of(&item, attributes::STATE)).transpose()?;
        Ok(read.unwrap_or_default())
    }

    /// Stores the progress of the notices. The last writer wins: a notice that is given again changes nothing.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn put_notice_progress(&self, progress: &NoticeProgress) -> Result<(), StoreError> {
        let value = Versioned { value: progress, version: 1 };
        let item = table::to_json_item(keys::notices(), attributes::STATE, &value)?;
        self.table.put(item, Condition::None).await.map_err(|error| error.or(StoreError::Contended))
    }

    /// Returns a page of up to `limit` certificates that end on the day `ends` (UTC), after the position `after`. One read
    /// unit for each 4 KB, some 30 certificates.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn certificates_ending(
        &self,
        ends: Date,
        after: Option<&CertificateId>,
        limit: i32,
    ) -> Result<Page<CertificateId, CertificateId>, StoreError> {
        let query = self.table.query_partition(&keys::ending_pk(ends));
        let query = query.set_exclusive_start_key(after.map(|id| keys::ending(ends, id)));
        let id = |item| text_of(&item, attributes::SK)?.parse().map(Some).map_err(StoreError::unreadable);
        table::fetch_page(query, limit, id).await
    }

    /// Writes the event that the certificate `id` ends in `days` days: its notice. The time of the event is that at which
    /// the notice was due. Returns false if no event is written: the certificate is revoked, its holder is no longer
    /// enrolled or has a newer valid certificate, or the notice was given before. Two read units or more; for a notice two
    /// write units and one of the index.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn give_notice(&self, id: &CertificateId, days: u16) -> Result<bool, StoreError> {
        let CertificateId { profile, ref name, serial } = *id;
        let enrolment = match self.enrolment(profile, name).await {
            Ok(enrolment) => enrolment,
            Err(StoreError::NotFound) => return Ok(false),
            Err(error) => return Err(error),
        };
        let mut own = self.all_certificates(&CredentialFilter::holder(profile, name)).await?;
        own.retain(|one| one.enrolled_at == enrolment.at && one.revoked_at.is_none());
        let Some(ends) = own.iter().find(|one| one.serial == serial).map(|one| one.not_after) else {
            return Ok(false);
        };
        if own.iter().any(|one| one.not_after > ends) {
            return Ok(false);
        }
        let kind = EventKind::CertificateExpiring { profile, name: name.clone(), serial, ends };
        // The id and the time are those of the notice, so it is written once.
        let id = format!("certificate-{serial}-{days}");
        let event = Event { id, at: notice_time(ends, days), quiet: false, kind };
        let subject = match profile {
            Profile::Chatbot => EventSubject::Chatbot(name, enrolment.at),
            Profile::Dmr => EventSubject::Dmr(name),
        };
        match self.transaction().event(subject, &event)?.commit().await {
            Ok(()) => Ok(true),
            Err(WriteError::Condition { .. }) => Ok(false),
            Err(error) => Err(error.or(StoreError::Contended)),
        }
    }
}

impl Transaction<'_> {
    /// Adds the new `certificate`, on the condition that its serial number was not used, and its entry among those that
    /// end on the same day.
    pub(crate) fn certificate(self, certificate: &Certificate) -> Result<Self, StoreError> {
        let ends = certificate.not_after;
        let mut entry = keys::ending(day(ends), &CertificateId::from(certificate));
        entry.insert(attributes::EXPIRES.to_owned(), expiry(ends, RETENTION));
        self.put(certificate_item(certificate, 1)?, Condition::Absent)?.put(entry, Condition::None)
    }
}
