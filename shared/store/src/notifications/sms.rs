//! The budget of text messages: how many an institution was sent in a month.

use centops_domain::{chatbots::Name, notifications::SmsBudget};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::{
    ATTEMPTS, Store, StoreError, Versioned, attributes, keys,
    table::{self, Condition, expiry},
};

/// Retention of a month's count.
const RETENTION: SignedDuration = SignedDuration::from_hours(100 * 24);

impl Store {
    /// Returns what `institution` may still be sent in the month of `now`, in UTC, of `limit` text messages; no institution
    /// is the operations centre. One read unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn sms_budget(
        &self,
        institution: Option<&Name>,
        limit: u32,
        now: Timestamp,
    ) -> Result<SmsBudget, StoreError> {
        let month = month(now);
        let sent = self.sms_count(institution, month).await?.value;
        Ok(SmsBudget { left: limit.saturating_sub(sent), renews_at: next_month(month).unwrap_or(now) })
    }

    /// Counts a text message to `institution` in the month of `now`, before it is sent. A repetition counts again, so that
    /// no budget is exceeded. One read unit and two write units.
    ///
    /// # Errors
    /// When the table does not answer. It may be counted.
    pub async fn count_sms(&self, institution: Option<&Name>, now: Timestamp) -> Result<(), StoreError> {
        let month = month(now);
        for _ in 0..ATTEMPTS {
            let Versioned { value: sent, version } = self.sms_count(institution, month).await?;
            let next = Versioned { value: sent.saturating_add(1), version: version + 1 };
            let mut item = table::to_json_item(keys::sms_count(institution, month), attributes::DOCUMENT, &next)?;
            item.insert(attributes::EXPIRES.to_owned(), expiry(now, RETENTION));
            // A transaction, for its token tells two writers of the same count from one that repeats its request.
            match self.transaction().put(item, Condition::replaces(version))?.commit().await {
                Ok(()) => return Ok(()),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    async fn sms_count(&self, institution: Option<&Name>, month: Date) -> Result<Versioned<u32>, StoreError> {
        let item = self.table.get(keys::sms_count(institution, month)).await?;
        let read = item.map(|item| table::from_json_item(&item, attributes::DOCUMENT)).transpose()?;
        Ok(read.unwrap_or(Versioned { value: 0, version: 0 }))
    }
}

/// Returns the first day of the month of `now`.
fn month(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date().first_of_month()
}

/// Returns when the month after `month` begins.
fn next_month(month: Date) -> Option<Timestamp> {
    let next = month.last_of_month().tomorrow().ok()?;
    next.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}
