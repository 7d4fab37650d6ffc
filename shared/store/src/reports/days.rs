//! Summaries: the minutes of a chatbot's history by hour, one item a day (UTC).
//!
//! The minutes of a month of a hundred chatbots are four million items. The same hours are 3,100 items, each read once.

use centops_domain::{chatbots::Chatbot, health::DaySummary};
use jiff::{SignedDuration, Timestamp, civil::Date};

use crate::{
    Store, StoreError, attributes,
    health::read_minute,
    keys,
    table::{self, Condition, Item, expiry, text_of},
};

/// Retention of a summary. A report covers up to 92 days, and compares them with those before as far as they are kept.
pub const DAYS_RETENTION: SignedDuration = SignedDuration::from_hours(190 * 24);
/// The time after the end of a day at which its minutes no longer change: an observation is added to one of the last five.
pub const SUMMARY_DELAY: SignedDuration = SignedDuration::from_mins(10);

/// The minutes of a day.
const MINUTES: i64 = 24 * 60;

impl table::Packed for DaySummary {
    const FORM: u8 = 1;
}

impl Store {
    /// Writes the summary of `day` of `chatbot`, unless nothing was observed. The day ended at least [`SUMMARY_DELAY`] ago,
    /// so a repetition writes the same. One read unit for each 4 KB of health and minutes, some 75 for a full day, and two
    /// or three write units.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn summarise_day(&self, chatbot: &Chatbot, day: Date) -> Result<(), StoreError> {
        let (name, enrolled) = (&chatbot.name, chatbot.created_at);
        let first = DaySummary::first_minute(day);
        // The health first: a minute leaves it after it was written to the history.
        let health = match self.health(name).await {
            Ok(health) => health.value,
            Err(StoreError::NotFound) => return Ok(()),
            Err(error) => return Err(error),
        };
        let (from, to) = (keys::minute_sk(first.max(0)), keys::minute_sk((first + MINUTES - 1).max(0)));
        let query = self.table.query_range(&keys::history_pk(name, enrolled), from, to).consistent_read(true);
        let mut minutes = health.minutes().kept().clone();
        for item in table::collect(query).await? {
            let (start, minute) = read_minute(&item)?;
            minutes.insert(start, minute);
        }
        let summary = DaySummary::new(day, &minutes);
        if summary.is_empty() || health.enrolled_at.as_millisecond() != enrolled.as_millisecond() {
            return Ok(());
        }
        let mut item = keys::history_day(name, enrolled, day);
        table::insert_packed(&mut item, &summary)?;
        let at = Timestamp::from_second(first.saturating_mul(60)).map_err(StoreError::unreadable)?;
        item.insert(attributes::EXPIRES.to_owned(), expiry(at, DAYS_RETENTION));
        self.table.put(item, Condition::None).await.map_err(|error| error.or(StoreError::Contended))
    }

    /// Returns the summaries of the days `from..=to` of `chatbot`, of days on which something was observed. Half a read unit
    /// for each 4 KB, some two days.
    pub(super) async fn day_summaries(
        &self,
        chatbot: &Chatbot,
        from: Date,
        to: Date,
    ) -> Result<Vec<(Date, DaySummary)>, StoreError> {
        let pk = keys::history_days_pk(&chatbot.name, chatbot.created_at);
        let items = table::collect(self.table.query_range(&pk, from.to_string(), to.to_string())).await?;
        let read = |item: &Item| {
            let day = text_of(item, attributes::SK)?.parse().map_err(StoreError::unreadable)?;
            Ok((day, table::packed_of(item)?))
        };
        items.iter().map(read).collect()
    }
}
