//! The save schedule of the table file, and the last error of reading or writing it.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use centops_network_api::Keys;
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use crate::lookup::ConfirmedTable;
use crate::policy::UpdatePolicy;
use crate::table_file;
use crate::updater::{SavedTable, Updater};

/// The interval at which an unchanged table is saved again, so that the file has its confirmation time.
const RESAVE_UNCHANGED: SignedDuration = SignedDuration::from_mins(15);

/// The table file of a client, and the record of what was written to it.
#[derive(Debug)]
pub(crate) struct Persistence {
    path: PathBuf,
    interval: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: Option<LastSave>,
    error: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct LastSave {
    revision: u64,
    confirmed_at: Timestamp,
    written: Instant,
}

impl Persistence {
    /// Creates the schedule for a file that is written at most once per `interval` while the table changes.
    pub(crate) fn new(path: PathBuf, interval: Duration) -> Self {
        Self { path, interval, state: Mutex::default() }
    }

    /// Restores and verifies the table of the file. Returns `None` if there is no file or its table is rejected.
    pub(crate) fn load(&self, policy: UpdatePolicy, keys: Keys, now: Timestamp) -> Option<Updater> {
        let restored = match table_file::load(&self.path) {
            Ok(None) => return None,
            Ok(Some(saved)) => Updater::restore(policy, keys, saved, now).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        restored
            .inspect(|updater| {
                info!(file = %self.path.display(), revision = ?updater.status(now).revision, "route table restored");
            })
            .map_err(|error| self.record(Err(format!("the saved route table was rejected: {error}"))))
            .ok()
    }

    /// Returns true if the file should be written now.
    pub(crate) fn is_due(&self, current: &ConfirmedTable) -> bool {
        let Some(last) = self.state().last else { return true };
        let changed = last.revision != current.table.revision() && last.written.elapsed() >= self.interval;
        changed || current.confirmed_at.duration_since(last.confirmed_at) >= RESAVE_UNCHANGED
    }

    /// Writes the file. An error is only recorded, because the client works without a file.
    pub(crate) fn save(&self, saved: &SavedTable, revision: u64) {
        let result = table_file::save(&self.path, saved).map_err(|error| error.to_string());
        if result.is_ok() {
            let last = LastSave { revision, confirmed_at: saved.confirmed_at, written: Instant::now() };
            self.state().last = Some(last);
        }
        self.record(result);
    }

    /// Returns the error of the last read or write.
    pub(crate) fn error(&self) -> Option<String> {
        self.state().error.clone()
    }

    fn record(&self, result: Result<(), String>) {
        if let Err(error) = &result {
            warn!(file = %self.path.display(), %error, "route table file not usable");
        }
        self.state().error = result.err();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
