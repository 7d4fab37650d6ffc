//! The counts that are not sent yet, and what was taken, in the position of the spool's source.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use centops_domain::ingestion::{LogLevel, MAX_ENTRIES, MaskedReport};
use centops_otlp::CountKey;
use centops_report::{Batch, Spool, SpoolError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::rows;

/// The most counts that wait while the spool is full.
const MAX_PENDING: usize = 5 * MAX_ENTRIES;
/// The longest time that counts with an error wait.
const FAILURE_FLUSH: Duration = Duration::from_secs(5);
/// A body that comes again within this time is not counted again: its first answer was lost.
const RECENT: SignedDuration = SignedDuration::from_mins(5);
const MAX_RECENT: usize = 128;

/// The records of one request, as they leave the cluster.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// The hash of the body.
    pub hash: String,
    /// Records of the request, the rejected ones included.
    pub received: u64,
    /// Records that cannot be taken.
    pub rejected: u64,
    /// The counts, without text.
    pub counts: BTreeMap<CountKey, u64>,
    /// The masked text.
    pub reports: Vec<MaskedReport>,
}

/// Records since the spool was created: `received` is `rejected` and what is in the spool, was sent or dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Totals {
    /// Records that were received.
    pub received: u64,
    /// Records that could not be taken.
    pub rejected: u64,
    /// Requests that came again and were not counted again.
    pub repeated: u64,
}

/// The error of a request that was not stored.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The spool is full or failed.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// A batch cannot be encoded.
    #[error("cannot encode the batch: {0}")]
    Encode(#[from] serde_json::Error),
    /// Another request of the same write failed.
    #[error("the write failed")]
    Write,
}

/// What is stored as the position of the source.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Source {
    #[serde(with = "rows")]
    pending: BTreeMap<CountKey, u64>,
    recent: VecDeque<(String, Timestamp)>,
    totals: Totals,
}

/// Stores requests in a spool.
pub struct Journal {
    spool: Arc<Spool>,
    /// As stored.
    source: Source,
    flush: Duration,
    due: Option<Instant>,
}

impl Journal {
    /// Reads the counts from the spool.
    ///
    /// # Errors
    /// Returns an error if they are of another version.
    pub fn open(spool: Arc<Spool>, flush: Duration) -> Result<Self, serde_json::Error> {
        let source: Source = spool.source().map(serde_json::from_value).transpose()?.unwrap_or_default();
        let due = (!source.pending.is_empty()).then(Instant::now);
        Ok(Self { spool, source, flush, due })
    }

    /// Returns the time at which the counts become a batch; `None` without counts.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Returns the records since the spool was created.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.source.totals
    }

    /// Returns the number of records that are counted and in no batch yet.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.source.pending.values().sum()
    }

    /// Stores requests. Those of counts are stored by one write. Returns a result for each.
    pub fn commit(&mut self, deliveries: Vec<Delivery>, now: Timestamp) -> Vec<Result<(), JournalError>> {
        let mut results = Vec::with_capacity(deliveries.len());
        let (mut next, mut gathered) = (self.source.clone(), Vec::new());
        for (index, delivery) in deliveries.into_iter().enumerate() {
            let mut with_it = next.clone();
            let result = if !with_it.take(&delivery, now) {
                next.totals.repeated += 1;
                gathered.push(index);
                Ok(())
            } else if delivery.reports.is_empty() {
                next = with_it;
                gathered.push(index);
                Ok(())
            } else {
                self.append_text(delivery.reports, &with_it, now).inspect(|()| next = with_it)
            };
            results.push(result);
        }
        if !gathered.is_empty()
            && let Err(error) = self.store(next, now)
        {
            let mut error = Some(error);
            for index in gathered {
                if let Some(result) = results.get_mut(index) {
                    *result = Err(error.take().unwrap_or(JournalError::Write));
                }
            }
        }
        results
    }

    /// Makes batches of the counts if they are due, or if `is_forced`.
    ///
    /// # Errors
    /// Returns an error if they cannot be stored. They stay, and are tried again after the flush interval.
    pub fn flush_if_due(&mut self, is_forced: bool, now: Timestamp) -> Result<(), JournalError> {
        let is_due = is_forced || self.due.is_some_and(|due| due <= Instant::now());
        if !is_due || self.source.pending.is_empty() {
            return Ok(());
        }
        self.due = Some(Instant::now() + self.flush);
        self.append_counts(self.source.clone(), now)
    }

    /// Stores the masked text of one request, and the position `source`.
    fn append_text(&mut self, reports: Vec<MaskedReport>, source: &Source, now: Timestamp) -> Result<(), JournalError> {
        let batches: Result<Vec<Batch>, serde_json::Error> = reports
            .into_iter()
            .map(|report| Ok(Batch { body: serde_json::to_vec(&report)?, count: report.logs.len() as u64 }))
            .collect();
        self.spool.append_all(batches?, Some(serde_json::to_value(source)?), now)?;
        self.source.clone_from(source);
        Ok(())
    }

    /// Stores the counts: as batches if there are many, else as the position.
    fn store(&mut self, source: Source, now: Timestamp) -> Result<(), JournalError> {
        if source.pending.len() >= MAX_ENTRIES {
            match self.append_counts(source.clone(), now) {
                Err(JournalError::Spool(SpoolError::Full)) if source.pending.len() <= MAX_PENDING => {}
                result => return result,
            }
        }
        self.spool.set_source(serde_json::to_value(&source)?)?;
        let wait = if source.has_failures() { self.flush.min(FAILURE_FLUSH) } else { self.flush };
        let due = Instant::now() + wait;
        self.due = (!source.pending.is_empty()).then(|| self.due.map_or(due, |earlier| earlier.min(due)));
        self.source = source;
        Ok(())
    }

    /// Stores batches of the counts of `source`, and `source` without them.
    fn append_counts(&mut self, mut source: Source, now: Timestamp) -> Result<(), JournalError> {
        let batches: Result<Vec<Batch>, serde_json::Error> = rows::batches(&std::mem::take(&mut source.pending))
            .into_iter()
            .map(|counts| {
                let count = counts.iter().map(|row| row.count).sum();
                Ok(Batch { body: serde_json::to_vec(&serde_json::json!({ "counts": counts }))?, count })
            })
            .collect();
        self.spool.append_all(batches?, Some(serde_json::to_value(&source)?), now)?;
        (self.source, self.due) = (source, None);
        Ok(())
    }
}

impl Source {
    /// Adds a request. Returns false if it was added before.
    fn take(&mut self, delivery: &Delivery, now: Timestamp) -> bool {
        self.recent.retain(|(_, at)| now.duration_since(*at).abs() <= RECENT);
        if self.recent.iter().any(|(hash, _)| *hash == delivery.hash) {
            return false;
        }
        self.recent.push_back((delivery.hash.clone(), now));
        let surplus = self.recent.len().saturating_sub(MAX_RECENT);
        self.recent.drain(..surplus);
        self.totals.received += delivery.received;
        self.totals.rejected += delivery.rejected;
        for (key, count) in &delivery.counts {
            *self.pending.entry(*key).or_default() += count;
        }
        true
    }

    fn has_failures(&self) -> bool {
        self.pending.keys().any(|key| key.level >= LogLevel::Error)
    }
}
