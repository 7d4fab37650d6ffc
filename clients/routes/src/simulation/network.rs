//! A CentOps in memory: a network's routes, their change log, and signed responses.

use std::collections::BTreeMap;

use centops_network_api::SignedBody;
use centops_network_api::signer::Signer;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::protocol::{Route, RouteRequest, RouteResponse};
use crate::simulation::error::SimulationError;

/// The routes of a network and their change log.
#[derive(Debug)]
pub struct SimulatedNetwork {
    signer: Signer,
    revision: u64,
    time: Timestamp,
    routes: BTreeMap<String, Route>,
    /// By revision, from 2.
    log: BTreeMap<u64, LogEntry>,
    /// The number of routes of one page.
    page_size: usize,
}

#[derive(Debug)]
struct LogEntry {
    change: Value,
    time: Timestamp,
    /// The number of routes after the change.
    count: usize,
}

impl SimulatedNetwork {
    /// Creates a network without chatbots, at revision 1.
    #[must_use]
    pub fn new(signer: Signer, time: Timestamp) -> Self {
        Self { signer, revision: 1, time, routes: BTreeMap::new(), log: BTreeMap::new(), page_size: usize::MAX }
    }

    /// Sets the number of routes of one page, at least one.
    pub fn set_page_size(&mut self, routes: usize) {
        self.page_size = routes.max(1);
    }

    /// Replaces the signing key and returns the one before.
    pub fn rotate_key(&mut self, signer: Signer) -> Signer {
        std::mem::replace(&mut self.signer, signer)
    }

    /// Returns the signing key.
    #[must_use]
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Returns the key set of `GET /keys`.
    #[must_use]
    pub fn jwks(&self) -> String {
        json!({ "keys": [self.signer.jwk()] }).to_string()
    }

    /// Returns the newest revision.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Returns the routes of the newest revision, sorted by name.
    pub fn routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.values()
    }

    /// Adds or changes a route: a new revision.
    pub fn put(&mut self, name: &str, uri: &str, time: Timestamp) {
        let route = Route { name: name.to_owned(), uri: uri.to_owned(), kind: "ministry".to_owned() };
        self.routes.insert(name.to_owned(), route.clone());
        self.log_change(json!(route), time);
    }

    /// Removes a route: a new revision with a tombstone.
    pub fn remove(&mut self, name: &str, time: Timestamp) {
        self.routes.remove(name);
        self.log_change(json!({"name": name, "gone": true}), time);
    }

    /// Clears the change log: clients with an older revision need a full table.
    pub fn clear_log(&mut self) {
        self.log.clear();
    }

    /// Returns the correct response to a request.
    ///
    /// # Errors
    /// Returns an error if the response cannot be signed.
    pub fn respond(&self, request: RouteRequest) -> Result<RouteResponse, SimulationError> {
        match request {
            RouteRequest::FullTable => Ok(RouteResponse::FullTable(self.pages()?)),
            RouteRequest::ChangesSince(revision) if revision == self.revision => Ok(RouteResponse::Unchanged),
            RouteRequest::ChangesSince(revision) => {
                Ok(self.delta(revision, self.revision)?.map_or(RouteResponse::Gone, RouteResponse::Delta))
            }
        }
    }

    /// Returns the pages of the full table.
    ///
    /// # Errors
    /// Returns an error if a page cannot be signed.
    pub fn pages(&self) -> Result<Vec<SignedBody>, SimulationError> {
        let routes: Vec<&Route> = self.routes.values().collect();
        self.paginate(self.revision, routes.len(), &routes)
    }

    /// Returns the changes after `since` up to `revision`, or `None` if the change log does not reach back.
    ///
    /// # Errors
    /// Returns an error if the delta cannot be signed.
    pub fn delta(&self, since: u64, revision: u64) -> Result<Option<SignedBody>, SimulationError> {
        let Some(LogEntry { time, count, .. }) = self.log.get(&revision) else { return Ok(None) };
        if since >= revision || !self.log.contains_key(&(since + 1)) {
            return Ok(None);
        }
        let newest: BTreeMap<&str, &Value> = self
            .log
            .range(since + 1..=revision)
            .map(|(_, entry)| (entry.change["name"].as_str().unwrap_or_default(), &entry.change))
            .collect();
        let changes: Vec<&Value> = newest.into_values().collect();
        let body = json!({"revision": revision, "since": since, "time": time, "count": count, "changes": changes});
        Ok(Some(self.signer.sign_json(&body)?))
    }

    /// Splits routes into signed pages. At least one page is returned.
    pub(super) fn paginate(
        &self,
        revision: u64,
        count: usize,
        routes: &[&Route],
    ) -> Result<Vec<SignedBody>, SimulationError> {
        let mut chunks: Vec<&[&Route]> = routes.chunks(self.page_size).collect();
        if chunks.is_empty() {
            chunks.push(&[]);
        }
        let last = chunks.len();
        let numbered = chunks.into_iter().zip(1..);
        numbered
            .map(|(chunk, number)| {
                let next = (number < last).then(|| (number + 1).to_string());
                Ok(self.signer.sign_json(&self.page(revision, count, chunk, next.as_deref()))?)
            })
            .collect()
    }

    /// Returns the unsigned body of one page.
    pub(super) fn page(&self, revision: u64, count: usize, routes: &[&Route], next: Option<&str>) -> Value {
        let mut page = json!({"revision": revision, "time": self.time, "count": count, "routes": routes});
        if let Some(next) = next {
            page["next"] = json!(next);
        }
        page
    }

    fn log_change(&mut self, change: Value, time: Timestamp) {
        self.revision += 1;
        self.time = time;
        self.log.insert(self.revision, LogEntry { change, time, count: self.routes.len() });
    }
}
