//! When the file of the last good table is written, and what became of it.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use crate::keeper::Saved;
use crate::{Keeper, Keys, Rules, View, disk};

/// A table that does not change is written again this often, for its age only.
const CONFIRMED: SignedDuration = SignedDuration::from_mins(15);

/// The file, and what is in it.
#[derive(Debug)]
pub(crate) struct Storage {
    path: PathBuf,
    every: Duration,
    written: Mutex<Written>,
}

#[derive(Debug, Default)]
struct Written {
    /// The revision, when it was confirmed, and when it was written.
    last: Option<(u64, Timestamp, Instant)>,
    failure: Option<String>,
}

impl Storage {
    pub(crate) fn new(path: PathBuf, every: Duration) -> Self {
        Self { path, every, written: Mutex::default() }
    }

    /// The table of the file, verified; none where there is none or it is refused.
    pub(crate) fn load(&self, rules: Rules, keys: Keys, now: Timestamp) -> Option<Keeper> {
        let loaded = match disk::load(&self.path) {
            Ok(None) => return None,
            Ok(Some(saved)) => Keeper::restored(rules, keys, saved, now).map_err(|refusal| refusal.to_string()),
            Err(error) => Err(error.to_string()),
        };
        loaded
            .inspect(|keeper| info!(revision = ?keeper.status(now).revision, "routes: the last good table is back"))
            .map_err(|reason| self.note(Err(format!("the kept table is refused: {reason}"))))
            .ok()
    }

    /// Whether the file lacks something that is worth writing now.
    pub(crate) fn is_due(&self, view: &View) -> bool {
        let Some((revision, confirmed, at)) = self.written().last else { return true };
        let changed = revision != view.table.revision() && at.elapsed() >= self.every;
        changed || view.confirmed.duration_since(confirmed) >= CONFIRMED
    }

    /// Writes the file. What goes wrong is noted: a DMR routes without a file too.
    pub(crate) fn save(&self, saved: &Saved, revision: u64) {
        let result = disk::save(&self.path, saved).map_err(|error| error.to_string());
        if result.is_ok() {
            self.written().last = Some((revision, saved.confirmed, Instant::now()));
        }
        self.note(result);
    }

    /// Why the table is not kept, or was refused when it was read.
    pub(crate) fn failure(&self) -> Option<String> {
        self.written().failure.clone()
    }

    fn note(&self, result: Result<(), String>) {
        if let Err(reason) = &result {
            warn!(file = %self.path.display(), %reason, "routes");
        }
        self.written().failure = result.err();
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
