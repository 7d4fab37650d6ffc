//! The update algorithm: decides on the next request, and on the response that replaces the table.
//!
//! The algorithm is pure: time is an argument, and it uses no network and no file. Invariants:
//!
//! - The current table never goes back to a lower revision.
//! - Every document of the current table was verified by a trusted key.
//! - A rejected update changes nothing but the status and the next request.
//!
//! A *delta* explains itself: each route that disappears has a tombstone. It may therefore remove any number of
//! routes. A *full table* has no tombstones, and it may be newer by any number of changes. It must therefore resemble
//! the current table: if it lacks more than `max_shrink_percent` of the current routes, it is rejected. The rejection
//! cannot be permanent, because a network that really lost half of its chatbots would be routed by an outdated table
//! until that expires. The table is therefore accepted after a *hold-down* (the term of routing protocols): CentOps
//! must send valid tables, none older than the one before, for the whole of `hold_down`. An invalid response restarts
//! the hold-down. The status shows the rejection, so that an operator can look into it.

use std::sync::Arc;

use centops_network_api::{Keys, SignedBody};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::error::UpdateError;
use crate::lookup::{ConfirmedTable, Lookup};
use crate::policy::UpdatePolicy;
use crate::protocol::{Delta, Page, RouteRequest, RouteResponse, parse};
use crate::status::{Rejections, Status};
use crate::table::RouteTable;

/// The size limit of the deltas after a full table, in bytes. The table's own size is allowed if it is larger.
const MAX_DELTA_BYTES: usize = 256 * 1024;
/// The limit of deltas after a full table. Each is applied again when the file is restored.
const MAX_DELTAS: usize = 1000;

/// The result of an accepted update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateOutcome {
    /// The current table is the newest.
    Confirmed,
    /// The update replaced the current table.
    Applied,
    /// The current table includes the update already.
    AlreadyApplied,
    /// The update does not begin at the current revision: send the next request at once.
    RequestAgain,
}

/// The last good table as stored in a file: the signed documents and the time of the last confirmation.
#[derive(Clone, Debug, Default)]
pub struct SavedTable {
    /// The keys that signed the documents.
    pub keys: Keys,
    /// The time at which the table was fetched.
    pub fetched_at: Timestamp,
    /// The time at which CentOps last confirmed the table.
    pub confirmed_at: Timestamp,
    /// The pages of the full table.
    pub pages: Vec<SignedBody>,
    /// The deltas after the full table, in order.
    pub deltas: Vec<SignedBody>,
}

/// Holds the last good table and decides which update replaces it.
#[derive(Clone, Debug)]
pub struct Updater {
    policy: UpdatePolicy,
    keys: Keys,
    current: Option<Current>,
    /// True if the next request must be for the full table.
    needs_full_table: bool,
    hold_down: Option<HoldDown>,
    rejections: Option<Rejections>,
}

/// The current table and the documents that it was made from.
#[derive(Clone, Debug)]
struct Current {
    table: ConfirmedTable,
    /// The id of the key that signed the pages.
    signer: String,
    /// The keys of the pages and deltas. They verify the file even after CentOps has replaced them.
    keys: Keys,
    pages: Vec<SignedBody>,
    deltas: Vec<SignedBody>,
}

/// A hold-down that was started by a valid but implausible full table.
#[derive(Clone, Copy, Debug)]
struct HoldDown {
    since: Timestamp,
    /// The newest revision that was rejected during the hold-down.
    revision: u64,
}

impl Updater {
    /// Creates an updater without a table.
    #[must_use]
    pub fn new(policy: UpdatePolicy, keys: Keys) -> Self {
        Self { policy, keys, current: None, needs_full_table: false, hold_down: None, rejections: None }
    }

    /// Creates an updater with a saved table. Verifies the table by `keys` or, if they are empty, by the saved keys.
    ///
    /// # Errors
    /// Returns an error if a document is invalid or the documents are not one table.
    pub fn restore(policy: UpdatePolicy, keys: Keys, saved: SavedTable, now: Timestamp) -> Result<Self, UpdateError> {
        let trusted = if keys.is_empty() { saved.keys } else { keys.clone() };
        let mut updater = Self::new(policy, trusted);
        // A file from the future (the clock was set back) ages from now on.
        let confirmed_at = saved.confirmed_at.min(now);
        updater.apply_full_table(saved.pages, confirmed_at)?;
        for delta in saved.deltas {
            if updater.apply_delta(delta, confirmed_at)? != UpdateOutcome::Applied {
                return Err(UpdateError::InconsistentPages);
            }
        }
        if let Some(current) = &mut updater.current {
            current.table.fetched_at = saved.fetched_at.min(now);
        }
        updater.keys = keys;
        Ok(updater)
    }

    /// Returns the table in the form that is saved to a file; `None` before the first table.
    #[must_use]
    pub fn saved(&self) -> Option<SavedTable> {
        let current = self.current.as_ref()?;
        Some(SavedTable {
            keys: current.keys.clone(),
            fetched_at: current.table.fetched_at,
            confirmed_at: current.table.confirmed_at,
            pages: current.pages.clone(),
            deltas: current.deltas.clone(),
        })
    }

    /// Returns the request to send next.
    #[must_use]
    pub fn next_request(&self) -> RouteRequest {
        match &self.current {
            Some(current) if !self.needs_full_table => RouteRequest::ChangesSince(current.table.table.revision()),
            _ => RouteRequest::FullTable,
        }
    }

    /// Returns the keys that verify updates.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Replaces the keys that verify updates. The current table was verified before and stays.
    pub fn set_keys(&mut self, keys: Keys) {
        self.keys = keys;
    }

    /// Returns the current table, however old; `None` before the first table.
    #[must_use]
    pub fn current(&self) -> Option<&ConfirmedTable> {
        self.current.as_ref().map(|current| &current.table)
    }

    /// Returns the route to a chatbot.
    #[must_use]
    pub fn lookup(&self, name: &str, now: Timestamp) -> Lookup {
        self.current().map_or(Lookup::NoTable, |current| current.lookup(name, self.policy.max_age, now))
    }

    /// Returns the status of the table and the rejected updates.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        let current = self.current();
        let age = current.map(|current| current.age(now));
        Status {
            revision: current.map(|current| current.table.revision()),
            route_count: current.map_or(0, |current| current.table.routes().len()),
            created_at: current.map(|current| current.table.time()),
            fetched_at: current.map(|current| current.fetched_at),
            confirmed_at: current.map(|current| current.confirmed_at),
            age,
            expired: age.is_some_and(|age| age > self.policy.max_age),
            rejections: self.rejections.clone(),
            request_error: None,
            file_error: None,
        }
    }

    /// Applies the response to `request`. The table's age counts from `sent_at`, when the request was sent.
    ///
    /// # Errors
    /// Returns an error if the response is rejected. The current table stays.
    pub fn apply_response(
        &mut self,
        request: RouteRequest,
        response: RouteResponse,
        sent_at: Timestamp,
    ) -> Result<UpdateOutcome, UpdateError> {
        let result = match response {
            RouteResponse::Gone => {
                self.needs_full_table = true;
                return Ok(UpdateOutcome::RequestAgain);
            }
            RouteResponse::Unchanged => Ok(self.confirm_unchanged(request, sent_at)),
            RouteResponse::Delta(signed) => self.apply_delta(signed, sent_at),
            RouteResponse::FullTable(pages) => {
                self.needs_full_table = false;
                self.apply_full_table(pages, sent_at)
            }
        };
        if result.as_ref().is_err_and(|error| !error.is_hold_down()) {
            self.hold_down = None;
        }
        self.record_result(result, sent_at)
    }

    /// Applies a pushed delta that arrived at `now`. `RequestAgain` means that an earlier delta is missing.
    ///
    /// # Errors
    /// Returns an error if the delta is rejected. The current table stays.
    pub fn apply_push(&mut self, signed: SignedBody, now: Timestamp) -> Result<UpdateOutcome, UpdateError> {
        // The delta may have waited in a queue: the age counts from the delta's own time, not from its arrival.
        let result = self.parse_verified::<Delta>(&signed).and_then(|delta| {
            let confirmed_at = self.current().map_or(Timestamp::MIN, |current| current.confirmed_at);
            self.apply_delta(signed, delta.time.min(now).max(confirmed_at))
        });
        self.record_result(result, now)
    }

    fn parse_verified<T: DeserializeOwned>(&self, signed: &SignedBody) -> Result<T, UpdateError> {
        self.keys.verify(signed)?;
        parse(&signed.body)
    }

    fn record_result(
        &mut self,
        result: Result<UpdateOutcome, UpdateError>,
        at: Timestamp,
    ) -> Result<UpdateOutcome, UpdateError> {
        match &result {
            Ok(UpdateOutcome::Applied | UpdateOutcome::Confirmed) => {
                self.rejections = None;
                self.hold_down = None;
            }
            Ok(UpdateOutcome::AlreadyApplied | UpdateOutcome::RequestAgain) => {}
            Err(reason) => {
                let (since, count) = self.rejections.as_ref().map_or((at, 0), |before| (before.since, before.count));
                self.rejections = Some(Rejections { reason: reason.clone(), since, count: count + 1 });
            }
        }
        result
    }

    fn confirm_unchanged(&mut self, request: RouteRequest, sent_at: Timestamp) -> UpdateOutcome {
        match &mut self.current {
            Some(current) if request == RouteRequest::ChangesSince(current.table.table.revision()) => {
                current.table.confirmed_at = current.table.confirmed_at.max(sent_at);
                UpdateOutcome::Confirmed
            }
            _ => UpdateOutcome::RequestAgain,
        }
    }

    fn apply_delta(&mut self, signed: SignedBody, at: Timestamp) -> Result<UpdateOutcome, UpdateError> {
        let key_id = self.keys.verify(&signed)?;
        let Some(current) = &mut self.current else { return Ok(UpdateOutcome::RequestAgain) };
        let delta: Delta = parse(&signed.body)?;
        let revision = current.table.table.revision();
        if delta.since != revision {
            // Another delta was applied first, or an earlier one is missing.
            let is_known = delta.revision <= revision;
            return Ok(if is_known { UpdateOutcome::AlreadyApplied } else { UpdateOutcome::RequestAgain });
        }
        let table = match current.table.table.apply(delta) {
            Ok(table) => table,
            Err(error) => {
                // CentOps signed a delta that does not fit: only a full table shows which of the two is wrong.
                self.needs_full_table = true;
                return Err(error);
            }
        };
        let confirmed_at = current.table.confirmed_at.max(at);
        if table.revision() == revision {
            current.table.confirmed_at = confirmed_at;
            return Ok(UpdateOutcome::Confirmed);
        }
        current.table = ConfirmedTable { table: Arc::new(table), fetched_at: at, confirmed_at };
        current.keys = current.keys.union(&self.keys.subset([key_id.as_str()].into_iter()));
        current.deltas.push(signed);
        // A new full table shortens the file and removes old keys from it.
        self.needs_full_table |= current.has_too_many_deltas() || key_id != current.signer;
        Ok(UpdateOutcome::Applied)
    }

    fn apply_full_table(&mut self, signed: Vec<SignedBody>, at: Timestamp) -> Result<UpdateOutcome, UpdateError> {
        let mut pages: Vec<Page> = Vec::with_capacity(signed.len());
        let mut key_ids = Vec::with_capacity(signed.len());
        for page in &signed {
            key_ids.push(self.keys.verify(page)?);
            pages.push(parse(&page.body)?);
        }
        let table = RouteTable::from_pages(pages)?;
        let before = self.current().cloned();
        if let Some(before) = &before {
            self.check_plausible(&before.table, &table, at)?;
        }
        let confirmed_at = before.as_ref().map_or(at, |before| before.confirmed_at.max(at));
        let same = before.filter(|before| before.table.revision() == table.revision());
        let fetched_at = same.as_ref().map_or(at, |before| before.fetched_at);
        self.current = Some(Current {
            table: ConfirmedTable { table: Arc::new(table), fetched_at, confirmed_at },
            keys: self.keys.subset(key_ids.iter().map(String::as_str)),
            signer: key_ids.pop().unwrap_or_default(),
            pages: signed,
            deltas: Vec::new(),
        });
        Ok(if same.is_some() { UpdateOutcome::Confirmed } else { UpdateOutcome::Applied })
    }

    /// Checks that a valid full table may replace the current one. Starts or continues a hold-down if not.
    fn check_plausible(
        &mut self,
        current: &RouteTable,
        received: &RouteTable,
        at: Timestamp,
    ) -> Result<(), UpdateError> {
        if received.revision() < current.revision() {
            return Err(UpdateError::Rollback { current: current.revision(), received: received.revision() });
        }
        let (count, missing) = (current.routes().len(), current.count_missing_in(received));
        let diverged = received.revision() == current.revision() && received.routes() != current.routes();
        if missing * 100 <= count * usize::from(self.policy.max_shrink_percent) && !diverged {
            return Ok(());
        }
        // An older revision than the one before is not the same table: the hold-down begins again.
        let running = self.hold_down.filter(|hold_down| hold_down.revision <= received.revision());
        let since = running.map_or(at, |hold_down| hold_down.since);
        self.hold_down = Some(HoldDown { since, revision: received.revision() });
        if at.duration_since(since) >= self.policy.hold_down {
            return Ok(());
        }
        let until = since.saturating_add(self.policy.hold_down).unwrap_or(Timestamp::MAX);
        Err(if diverged {
            UpdateError::Diverged { revision: received.revision(), until }
        } else {
            UpdateError::Shrunk { current: count, missing, until }
        })
    }
}

impl Current {
    fn has_too_many_deltas(&self) -> bool {
        let bytes = |documents: &[SignedBody]| documents.iter().map(|signed| signed.body.len()).sum::<usize>();
        self.deltas.len() > MAX_DELTAS || bytes(&self.deltas) > bytes(&self.pages).max(MAX_DELTA_BYTES)
    }
}
