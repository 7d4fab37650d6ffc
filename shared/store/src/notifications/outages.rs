//! The outages of the network, counted by second, from which a storm is recognised.
//!
//! One item a minute has a counter for each second in which a chatbot went offline. Whoever records outages adds those
//! of its batch at once, so that 10,000 outages a minute in batches of ten are 17 writes a second of one item: a
//! partition takes 1,000. Counters are not idempotent: an outage whose event is delivered again may count twice, and a
//! storm then begins with fewer than [`STORM_OUTAGES`] chatbots. All that follows is that messages wait for up to two
//! minutes.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use centops_domain::notifications::STORM_OUTAGES;
use jiff::{SignedDuration, Timestamp};

use crate::{
    Store, StoreError, attributes, keys,
    table::{Item, collect, expiry, text_of},
};

/// Retention of the counts.
const RETENTION: SignedDuration = SignedDuration::from_hours(1);
/// The time for which [`Store::recent_outages`] looks back. A storm holds messages for two minutes from its beginning.
/// One that is older than this and was no storm for the first of these minutes seems to begin later, and holds them
/// once more.
const LOOK_BACK: SignedDuration = SignedDuration::from_mins(10);

impl Store {
    /// Counts outages that began at these times: to the second, once more for each call. One write unit for each minute
    /// that they are in.
    ///
    /// # Errors
    /// When the table does not answer. Some may have been counted.
    pub async fn record_outages(&self, outages: &[Timestamp]) -> Result<(), StoreError> {
        let mut minutes: BTreeMap<i64, BTreeMap<String, u64>> = BTreeMap::new();
        for outage in outages {
            let second = outage.as_second();
            *minutes.entry(second.div_euclid(60)).or_default().entry(counter(second.rem_euclid(60))).or_default() += 1;
        }
        for (minute, counts) in minutes {
            let counts: Vec<_> = counts.into_iter().collect();
            self.table.add(keys::outages(minute), &counts, expiry(minute_start(minute)?, RETENTION)).await?;
        }
        Ok(())
    }

    /// Returns when chatbots of the network went offline in the ten minutes before `now`, ascending and rounded down to
    /// the second: at most [`STORM_OUTAGES`] of each second, since more make no difference to a storm. One read unit
    /// for some five minutes in which a chatbot went offline in every second.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn recent_outages(&self, now: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
        let [from, to] = [now - LOOK_BACK, now].map(|at| keys::minute_sk(at.as_second().div_euclid(60)));
        let query = self.table.query_range(keys::OUTAGES, from, to).consistent_read(true);
        let mut outages = Vec::new();
        for item in collect(query).await? {
            outages.extend(read(&item)?);
        }
        Ok(outages)
    }
}

/// Returns the outages of an item, ascending.
fn read(item: &Item) -> Result<Vec<Timestamp>, StoreError> {
    let minute: i64 = text_of(item, attributes::SK)?.parse().map_err(StoreError::unreadable)?;
    let start = minute_start(minute)?;
    let mut outages = Vec::new();
    for second in 0..60 {
        let count = match item.get(&counter(second)) {
            Some(AttributeValue::N(digits)) => digits.parse().map_err(StoreError::unreadable)?,
            _ => 0,
        };
        let at = start + SignedDuration::from_secs(second);
        outages.extend(std::iter::repeat_n(at, count.min(STORM_OUTAGES)));
    }
    Ok(outages)
}

/// Returns the attribute that counts the outages of a second of a minute.
fn counter(second: i64) -> String {
    format!("s{second:02}")
}

fn minute_start(minute: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_second(minute * 60).map_err(StoreError::unreadable)
}
