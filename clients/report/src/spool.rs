//! The spool: batches that CentOps has not accepted yet, on disk or in memory.
//!
//! Files of the folder: `{sequence}.record` is a batch that certainly did not arrive; `{sequence}.{milliseconds}.sent`
//! is one that may have arrived, first sent at that time; `state` has the counts and the position of the source;
//! `rejected/` has batches that CentOps refused. The name is changed *before* a request is sent, so that a process that
//! restarts knows the age of the key.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tracing::{error, warn};
use uuid::Uuid;

use crate::error::SpoolError;
use crate::folder::Folder;
use crate::record::Record;
use crate::response::Arrival;
use crate::state::{Counts, DropReason, State};

/// The most by which the clock may be set back before the age of a batch counts as unknown.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(1);

/// What happens to a new batch if the spool is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// The oldest batches make room: for a source that cannot wait.
    #[default]
    DropOldest,
    /// The new batch is refused with [`SpoolError::Full`]: for a source that sends it again.
    Refuse,
}

/// A batch to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The body of its request.
    pub body: Vec<u8>,
    /// The number of its entries.
    pub count: u64,
}

/// The limits of the spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of stored batches. Default: 64 MiB.
    pub max_bytes: u64,
    /// The longest time that a batch is kept. Default: 1 h. Older entries only make history.
    pub max_age: Duration,
    /// The time after its first request for which a batch may be sent again. Default: 4.5 min, because SQS keeps a
    /// deduplication id for 5 min.
    pub key_life: Duration,
    /// What happens to a new batch beyond `max_bytes`. Default: the oldest ones make room.
    pub when_full: WhenFull,
}

impl Default for Limits {
    fn default() -> Self {
        let (max_age, key_life) = (Duration::from_hours(1), Duration::from_secs(270));
        Self { max_bytes: 64 * 1024 * 1024, max_age, key_life, when_full: WhenFull::DropOldest }
    }
}

/// The status of a spool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpoolStatus {
    /// Batches that wait.
    pub batches: usize,
    /// Entries that wait.
    pub entries: u64,
    /// Bytes of the batches that wait.
    pub bytes: u64,
    /// The time at which the oldest batch was stored.
    pub oldest: Option<Timestamp>,
    /// Entries that were accepted or dropped.
    pub counts: Counts,
    /// Files that were corrupt at the start. They have the suffix `.corrupt` now.
    pub corrupt_records: u64,
}

/// Batches that CentOps has not accepted yet, in order. Its methods block while they write to the disk.
#[derive(Debug)]
pub struct Spool {
    limits: Limits,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: Option<Folder>,
    records: VecDeque<Record>,
    bytes: u64,
    next: u64,
    state: State,
    /// The record whose request is under way: it is not dropped.
    in_flight: Option<u64>,
    corrupt: u64,
}

impl Spool {
    /// Creates a spool in memory. A restart loses it.
    #[must_use]
    pub fn in_memory(limits: Limits) -> Self {
        let inner = Inner {
            folder: None,
            records: VecDeque::new(),
            bytes: 0,
            next: 1,
            state: State::default(),
            in_flight: None,
            corrupt: 0,
        };
        Self { limits, inner: Mutex::new(inner) }
    }

    /// Opens the spool in the folder `path`, which is created if it does not exist. One process may use it at a time.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be used, if another process uses it, or if its state is corrupt.
    pub fn open(path: impl Into<PathBuf>, limits: Limits) -> Result<Self, SpoolError> {
        let folder = Folder::open(path.into())?;
        let state = folder.read_state()?;
        let (records, corrupt) = folder.read_records(state.done)?;
        if corrupt > 0 {
            error!(files = corrupt, "spool records corrupt: set aside");
        }
        let inner = Inner {
            bytes: records.iter().map(size).sum(),
            next: records.back().map_or(0, |record| record.sequence).max(state.done).max(state.source_after) + 1,
            folder: Some(folder),
            records,
            state,
            in_flight: None,
            corrupt,
        };
        Ok(Self { limits, inner: Mutex::new(inner) })
    }

    /// Returns the position up to which the source is stored: of the newest record, or as last set.
    #[must_use]
    pub fn source(&self) -> Option<Value> {
        let inner = self.inner();
        let mut newer = inner.records.iter().rev().take_while(|record| record.sequence > inner.state.source_after);
        newer.find_map(|record| record.source.clone()).or_else(|| inner.state.source.clone())
    }

    /// Stores the position of the source without a batch.
    ///
    /// # Errors
    /// Returns an error if it cannot be written.
    pub fn set_source(&self, source: Value) -> Result<(), SpoolError> {
        let mut inner = self.inner();
        let state = State { source: Some(source), source_after: inner.next - 1, ..inner.state.clone() };
        inner.store(state)
    }

    /// Stores a batch: the body of its request, the number of its entries, and the position of the source after it.
    ///
    /// # Errors
    /// Returns an error if it cannot be written, or the spool is full. Then nothing is stored, and the position stays.
    pub fn append(&self, body: Vec<u8>, count: u64, source: Option<Value>, now: Timestamp) -> Result<(), SpoolError> {
        self.append_all(vec![Batch { body, count }], source, now)
    }

    /// Stores several batches and the position of the source after the last one.
    ///
    /// # Errors
    /// Returns an error if one cannot be written, or the spool is full. Then none is stored, and the position stays.
    pub fn append_all(&self, batches: Vec<Batch>, source: Option<Value>, now: Timestamp) -> Result<(), SpoolError> {
        let mut inner = self.inner();
        self.drop_expired(&mut inner, now)?;
        let records = inner.new_records(batches, source, now);
        let added: u64 = records.iter().map(size).sum();
        if self.limits.when_full == WhenFull::Refuse && inner.bytes + added > self.limits.max_bytes {
            return Err(SpoolError::Full);
        }
        inner.write(&records)?;
        inner.next += records.len() as u64;
        inner.bytes += added;
        inner.records.extend(records);
        self.drop_expired(&mut inner, now)
    }

    /// Returns the oldest batch to send, and notes durably that it is sent at `now`. Call [`Spool::settle`] after the
    /// request.
    ///
    /// # Errors
    /// Returns an error if the note cannot be written. The batch must not be sent then.
    pub fn begin(&self, now: Timestamp) -> Result<Option<Record>, SpoolError> {
        let mut inner = self.inner();
        self.drop_expired(&mut inner, now)?;
        let Some(record) = inner.records.front().cloned() else { return Ok(None) };
        if record.sent_at.is_none() {
            inner.mark(Some(now))?;
        }
        inner.in_flight = Some(record.sequence);
        Ok(Some(record))
    }

    /// Notes the result of the request for `record`, as [`Spool::begin`] returned it.
    ///
    /// # Errors
    /// Returns an error if the result cannot be written. The batch is then sent again.
    pub fn settle(&self, record: &Record, arrival: Arrival, now: Timestamp) -> Result<(), SpoolError> {
        let mut inner = self.inner();
        inner.in_flight = None;
        match arrival {
            Arrival::Accepted => inner.finish(None)?,
            Arrival::Rejected => {
                if let Some(folder) = &inner.folder {
                    folder.set_aside(record)?;
                }
                inner.finish(Some(DropReason::Rejected))?;
            }
            // An earlier request may still have arrived.
            Arrival::NotArrived if record.sent_at.is_none() => inner.mark(None)?,
            Arrival::NotArrived | Arrival::Unknown => {}
        }
        self.drop_expired(&mut inner, now)
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> SpoolStatus {
        let inner = self.inner();
        SpoolStatus {
            batches: inner.records.len(),
            entries: inner.records.iter().map(|record| record.count).sum(),
            bytes: inner.bytes,
            oldest: inner.records.front().map(|record| record.created_at),
            counts: inner.state.counts.clone(),
            corrupt_records: inner.corrupt,
        }
    }

    /// Drops the oldest batches that are too old or too many. The one in flight stays, and those behind it.
    fn drop_expired(&self, inner: &mut Inner, now: Timestamp) -> Result<(), SpoolError> {
        while let Some(record) = inner.records.front() {
            let reason = if record.sent_at.is_some_and(|sent| is_older(sent, self.limits.key_life, now)) {
                DropReason::AnswerLost
            } else if is_older(record.created_at, self.limits.max_age, now) {
                DropReason::TooOld
            } else if inner.bytes > self.limits.max_bytes && self.limits.when_full == WhenFull::DropOldest {
                DropReason::SpoolFull
            } else {
                break;
            };
            if inner.in_flight == Some(record.sequence) {
                break;
            }
            warn!(key = %record.key, count = record.count, reason = reason.name(), "batch dropped");
            inner.finish(Some(reason))?;
        }
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Returns records for `batches`. The last one has the position.
    fn new_records(&self, batches: Vec<Batch>, mut source: Option<Value>, now: Timestamp) -> Vec<Record> {
        let last = batches.len().saturating_sub(1);
        let record = |(index, batch): (usize, Batch)| Record {
            sequence: self.next + index as u64,
            key: Uuid::new_v4().simple().to_string(),
            created_at: now,
            count: batch.count,
            source: if index == last { source.take() } else { None },
            sent_at: None,
            body: batch.body.into(),
        };
        batches.into_iter().enumerate().map(record).collect()
    }

    /// Writes all of `records`, or none.
    fn write(&self, records: &[Record]) -> Result<(), SpoolError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        for (index, record) in records.iter().enumerate() {
            if let Err(error) = folder.write_record(record) {
                records.iter().take(index).for_each(|written| folder.remove(written));
                return Err(error);
            }
        }
        Ok(())
    }

    /// Counts the oldest record as accepted, or as dropped for a reason, and removes it.
    fn finish(&mut self, dropped: Option<DropReason>) -> Result<(), SpoolError> {
        let Some(record) = self.records.front() else { return Ok(()) };
        let mut state = self.state.clone();
        state.done = record.sequence;
        let counted = match dropped {
            None => &mut state.counts.accepted,
            Some(reason) => state.counts.dropped.entry(reason).or_default(),
        };
        *counted += record.count;
        if record.sequence > state.source_after {
            state.source_after = record.sequence;
            state.source = record.source.clone().or(state.source);
        }
        self.store(state)?;
        let Some(record) = self.records.pop_front() else { return Ok(()) };
        self.bytes -= size(&record);
        if let Some(folder) = &self.folder {
            folder.remove(&record);
        }
        Ok(())
    }

    /// Notes the time of the first request of the oldest record, or that there was none.
    fn mark(&mut self, sent_at: Option<Timestamp>) -> Result<(), SpoolError> {
        let Some(record) = self.records.front_mut() else { return Ok(()) };
        if let Some(folder) = &self.folder {
            folder.rename(record, sent_at)?;
        }
        record.sent_at = sent_at;
        Ok(())
    }

    fn store(&mut self, state: State) -> Result<(), SpoolError> {
        if let Some(folder) = &self.folder {
            folder.write_state(&state)?;
        }
        self.state = state;
        Ok(())
    }
}

/// Returns whether `time` is more than `age` ago. A time more than a minute ahead counts as old: the clock was set back,
/// and the age is unknown.
fn is_older(time: Timestamp, age: Duration, now: Timestamp) -> bool {
    let actual = now.duration_since(time);
    actual < -CLOCK_TOLERANCE || Duration::try_from(actual).is_ok_and(|actual| actual > age)
}

fn size(record: &Record) -> u64 {
    u64::try_from(record.body.len()).unwrap_or(u64::MAX)
}
