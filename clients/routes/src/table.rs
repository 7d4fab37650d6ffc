//! An immutable route table of one revision. A delta makes a new table.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::error::UpdateError;
use crate::protocol::{Delta, Page, Route};

/// The routes of one revision, sorted by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTable {
    revision: u64,
    time: Timestamp,
    /// Sorted by name. Unchanged routes are shared between revisions.
    routes: Vec<Arc<Route>>,
}

impl RouteTable {
    /// Returns the revision: a number that grows by one with each change of the network's routes.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Returns the time at which CentOps created this revision.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// Returns all routes, sorted by name.
    #[must_use]
    pub fn routes(&self) -> &[Arc<Route>] {
        &self.routes
    }

    /// Returns the route to a chatbot, in O(log n).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Route>> {
        let index = self.routes.binary_search_by(|route| route.name.as_str().cmp(name)).ok()?;
        self.routes.get(index)
    }

    /// Assembles a full table from all of its pages.
    pub(crate) fn from_pages(pages: Vec<Page>) -> Result<Self, UpdateError> {
        let first = pages.first().ok_or(UpdateError::InconsistentPages)?;
        let (revision, time, count) = (first.revision, first.time, first.count);
        let fits = |page: &Page| (page.revision, page.time, page.count) == (revision, time, count);
        if !pages.iter().all(fits) || pages.last().is_some_and(|last| last.next.is_some()) {
            return Err(UpdateError::InconsistentPages);
        }
        let routes: Vec<Arc<Route>> = pages.into_iter().flat_map(|page| page.routes).map(Arc::new).collect();
        for pair in routes.windows(2) {
            let [before, after] = pair else { continue };
            match before.name.cmp(&after.name) {
                Ordering::Less => {}
                Ordering::Equal => return Err(UpdateError::DuplicateName(after.name.clone())),
                Ordering::Greater => return Err(UpdateError::Unsorted(after.name.clone())),
            }
        }
        Self { revision, time, routes }.check_count(count)
    }

    /// Returns the table after a delta. The delta must begin at this table's revision.
    pub(crate) fn apply(&self, delta: Delta) -> Result<Self, UpdateError> {
        if delta.since != self.revision {
            return Err(UpdateError::Gap { current: self.revision, since: delta.since });
        }
        if delta.revision < self.revision {
            return Err(UpdateError::Rollback { current: self.revision, received: delta.revision });
        }
        if delta.revision == self.revision && !delta.changes.is_empty() {
            return Err(UpdateError::Malformed("the delta has changes, but no new revision".to_owned()));
        }
        let mut changes = BTreeMap::new();
        for change in delta.changes {
            let name = change.name.clone();
            if changes.insert(name.clone(), change.into_route()?.map(Arc::new)).is_some() {
                return Err(UpdateError::DuplicateName(name));
            }
        }
        Self { revision: delta.revision, time: delta.time, routes: self.merge(changes) }.check_count(delta.count)
    }

    /// Merges the routes with the changes in one pass: both are sorted by name.
    fn merge(&self, changes: BTreeMap<String, Option<Arc<Route>>>) -> Vec<Arc<Route>> {
        let mut routes = Vec::with_capacity(self.routes.len() + changes.len());
        let mut changes = changes.into_iter().peekable();
        for route in &self.routes {
            while let Some((_, new)) = changes.next_if(|(name, _)| *name < route.name) {
                routes.extend(new);
            }
            match changes.next_if(|(name, _)| *name == route.name) {
                Some((_, new)) => routes.extend(new),
                None => routes.push(Arc::clone(route)),
            }
        }
        routes.extend(changes.filter_map(|(_, new)| new));
        routes
    }

    /// Counts the routes that `other` lacks, by name.
    pub(crate) fn count_missing_in(&self, other: &Self) -> usize {
        self.routes.iter().filter(|route| other.get(&route.name).is_none()).count()
    }

    fn check_count(self, declared: usize) -> Result<Self, UpdateError> {
        let actual = self.routes.len();
        if actual == declared { Ok(self) } else { Err(UpdateError::CountMismatch { declared, actual }) }
    }
}
