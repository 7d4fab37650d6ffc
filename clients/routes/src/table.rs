//! A route table: sorted, of one revision, never changed. A delta makes a new one.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::wire::{Delta, Page};
use crate::{Refusal, Route};

/// The routes of one revision, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    revision: u64,
    time: Timestamp,
    /// Sorted by name. Shared with the table before and after.
    routes: Vec<Arc<Route>>,
}

impl Table {
    /// The number of this state of the network. It only grows.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// When CentOps made this revision.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// All routes, sorted by name.
    #[must_use]
    pub fn routes(&self) -> &[Arc<Route>] {
        &self.routes
    }

    /// The route to a chatbot, in O(log n).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Route>> {
        let found = self.routes.binary_search_by(|route| route.name.as_str().cmp(name)).ok()?;
        self.routes.get(found)
    }

    /// A whole table out of all of its pages.
    pub(crate) fn of_pages(pages: Vec<Page>) -> Result<Self, Refusal> {
        let first = pages.first().ok_or(Refusal::Pages)?;
        let (revision, time, count) = (first.revision, first.time, first.count);
        let one = |page: &Page| (page.revision, page.time, page.count) == (revision, time, count);
        if !pages.iter().all(one) || pages.last().is_some_and(|last| last.next.is_some()) {
            return Err(Refusal::Pages);
        }
        let routes: Vec<Arc<Route>> = pages.into_iter().flat_map(|page| page.routes).map(Arc::new).collect();
        for pair in routes.windows(2) {
            let [before, after] = pair else { continue };
            match before.name.cmp(&after.name) {
                Ordering::Less => {}
                Ordering::Equal => return Err(Refusal::Duplicate(after.name.clone())),
                Ordering::Greater => return Err(Refusal::Order(after.name.clone())),
            }
        }
        Self { revision, time, routes }.counted(count)
    }

    /// This table with what changed. The delta must begin here.
    pub(crate) fn apply(&self, delta: Delta) -> Result<Self, Refusal> {
        if delta.since != self.revision {
            return Err(Refusal::Gap { ours: self.revision, since: delta.since });
        }
        if delta.revision < self.revision {
            return Err(Refusal::WentBack { ours: self.revision, theirs: delta.revision });
        }
        if delta.revision == self.revision && !delta.changes.is_empty() {
            return Err(Refusal::Malformed("it has changes and no new revision".to_owned()));
        }
        let mut changes = BTreeMap::new();
        for change in delta.changes {
            let name = change.name.clone();
            if changes.insert(name.clone(), change.into_route()?.map(Arc::new)).is_some() {
                return Err(Refusal::Duplicate(name));
            }
        }
        Self { revision: delta.revision, time: delta.time, routes: self.merged(changes) }.counted(delta.count)
    }

    /// Both lists are sorted: one walk through both.
    fn merged(&self, changes: BTreeMap<String, Option<Arc<Route>>>) -> Vec<Arc<Route>> {
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

    /// How many of our routes `other` has not, by name.
    pub(crate) fn lost_in(&self, other: &Self) -> usize {
        self.routes.iter().filter(|route| other.get(&route.name).is_none()).count()
    }

    fn counted(self, said: usize) -> Result<Self, Refusal> {
        let found = self.routes.len();
        if found == said { Ok(self) } else { Err(Refusal::Count { said, found }) }
    }
}
