//! The files of a spool.

use std::collections::VecDeque;
use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tracing::warn;

use crate::error::SpoolError;
use crate::record::Record;
use crate::state::State;

const STATE: &str = "state";
const LOCK: &str = "lock";
const REJECTED: &str = "rejected";
/// The most refused batches that are kept. Later ones are only counted.
const MAX_REJECTED: usize = 100;

#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// The lock ends with the process.
    _lock: File,
}

impl Folder {
    pub(crate) fn open(path: PathBuf) -> Result<Self, SpoolError> {
        fs::create_dir_all(path.join(REJECTED)).map_err(|cause| failed(&path, "create", cause))?;
        let lock_path = path.join(LOCK);
        let lock = File::create(&lock_path).map_err(|cause| failed(&lock_path, "create", cause))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(SpoolError::Locked(path)),
            Err(TryLockError::Error(cause)) => Err(failed(&lock_path, "lock", cause)),
        }
    }

    pub(crate) fn read_state(&self) -> Result<State, SpoolError> {
        let path = self.path.join(STATE);
        match fs::read(&path) {
            Ok(bytes) => State::decode(&bytes).ok_or(SpoolError::CorruptState(path)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(State::default()),
            Err(cause) => Err(failed(&path, "read", cause)),
        }
    }

    pub(crate) fn write_state(&self, state: &State) -> Result<(), SpoolError> {
        self.write(STATE, &state.encode()?)
    }

    pub(crate) fn write_record(&self, record: &Record) -> Result<(), SpoolError> {
        self.write(&file_name(record.sequence, record.sent_at), &record.encode()?)
    }

    /// Returns the records after `done`, in order, and the number of corrupt files. Removes finished records and what a
    /// crash left unfinished.
    pub(crate) fn read_records(&self, done: u64) -> Result<(VecDeque<Record>, u64), SpoolError> {
        let (mut records, mut corrupt) = (Vec::new(), 0);
        for entry in fs::read_dir(&self.path).map_err(|cause| failed(&self.path, "read", cause))? {
            let path = entry.map_err(|cause| failed(&self.path, "read", cause))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if name.starts_with(".tmp-") {
                fs::remove_file(&path).map_err(|cause| failed(&path, "remove", cause))?;
                continue;
            }
            let Some((sequence, sent_at)) = parse_name(name) else { continue };
            if sequence <= done {
                fs::remove_file(&path).map_err(|cause| failed(&path, "remove", cause))?;
                continue;
            }
            let bytes = fs::read(&path).map_err(|cause| failed(&path, "read", cause))?;
            if let Some(record) = Record::decode(&bytes).filter(|record| record.sequence == sequence) {
                records.push(Record { sent_at, ..record });
            } else {
                corrupt += 1;
                let aside = path.with_extension("corrupt");
                fs::rename(&path, &aside).map_err(|cause| failed(&path, "rename", cause))?;
            }
        }
        records.sort_by_key(|record| record.sequence);
        Ok((records.into(), corrupt))
    }

    /// Renames the record's file: its name has the time of the first request.
    pub(crate) fn rename(&self, record: &Record, sent_at: Option<Timestamp>) -> Result<(), SpoolError> {
        let from = self.path.join(file_name(record.sequence, record.sent_at));
        let to = self.path.join(file_name(record.sequence, sent_at));
        fs::rename(&from, &to).and_then(|()| sync_folder(&self.path)).map_err(|cause| failed(&from, "rename", cause))
    }

    /// Removes a finished record. A file that cannot be removed is removed at the next start.
    pub(crate) fn remove(&self, record: &Record) {
        let path = self.path.join(file_name(record.sequence, record.sent_at));
        if let Err(error) = fs::remove_file(&path) {
            warn!(path = %path.display(), %error, "failed to remove a finished spool record");
        }
    }

    /// Writes the body of a refused batch to `rejected/`, unless there are many.
    pub(crate) fn set_aside(&self, record: &Record) -> Result<(), SpoolError> {
        let folder = self.path.join(REJECTED);
        let kept = fs::read_dir(&folder).map_err(|cause| failed(&folder, "read", cause))?.count();
        if kept >= MAX_REJECTED {
            warn!(key = %record.key, kept, "refused batch not kept: the folder rejected is full");
            return Ok(());
        }
        self.write(&format!("{REJECTED}/{:020}.json", record.sequence), &record.body)
    }

    /// Writes a file atomically: to a temporary file, synced, renamed.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SpoolError> {
        let path = self.path.join(name);
        let write = || {
            let mut file = tempfile::Builder::new().prefix(".tmp-").tempfile_in(&self.path)?;
            file.write_all(bytes)?;
            file.as_file().sync_data()?;
            file.persist(&path).map_err(|error| error.error)?;
            sync_folder(path.parent().unwrap_or(&self.path))
        };
        write().map_err(|cause| failed(&path, "write", cause))
    }
}

/// A rename is durable only after the folder is synced.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

fn file_name(sequence: u64, sent_at: Option<Timestamp>) -> String {
    match sent_at {
        None => format!("{sequence:020}.record"),
        Some(at) => format!("{sequence:020}.{}.sent", at.as_millisecond()),
    }
}

fn parse_name(name: &str) -> Option<(u64, Option<Timestamp>)> {
    let (sequence, rest) = name.split_once('.')?;
    let sequence = sequence.parse().ok()?;
    if rest == "record" {
        return Some((sequence, None));
    }
    let milliseconds = rest.strip_suffix(".sent")?.parse().ok()?;
    Some((sequence, Some(Timestamp::from_millisecond(milliseconds).ok()?)))
}

fn failed(path: &Path, action: &'static str, cause: std::io::Error) -> SpoolError {
    SpoolError::Io { path: path.to_owned(), action, cause }
}
