//! The cached list of active participants, which clients of the first generation poll every five seconds.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use centops_api::Problem;
use centops_domain::{
    chatbots::Name,
    peers::Peer,
    routes::{InvalidTable, RenderedTable, Route},
};
use centops_store::{Consistency, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::{
    MAX_LIST_BYTES,
    participant::{HostFormat, Participant, ParticipantType},
    type_filter::TypeFilter,
};

/// The maximum age of cached institutions. No client of the list uses them.
const INSTITUTIONS_MAX_AGE: SignedDuration = SignedDuration::from_mins(5);
/// The maximum number of attempts when chatbots are deleted during a read.
const MAX_ATTEMPTS: usize = 4;

/// The list cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The route table is not valid.
    #[error(transparent)]
    Table(#[from] InvalidTable),
    /// The list cannot be serialised.
    #[error("the list of participants cannot be serialised: {0}")]
    Json(#[from] serde_json::Error),
    /// The list has more than [`MAX_LIST_BYTES`].
    #[error("the list of participants has {0} bytes, the maximum is {MAX_LIST_BYTES}")]
    TooLong(usize),
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Store(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

/// Returns the entity tag of a list: the first 8 bytes of its SHA-256.
#[must_use]
pub fn etag(json: &str) -> u64 {
    Sha256::digest(json).first_chunk().copied().map_or(0, u64::from_be_bytes)
}

/// The list, with the route table and the institutions cached between invocations of a warm function.
#[derive(Debug, Default)]
pub struct ParticipantList {
    table: Mutex<Option<CachedTable>>,
    institutions: Mutex<Institutions>,
}

/// The route table as text, which can be advanced to a later revision, and as values.
#[derive(Clone, Debug)]
struct CachedTable {
    table: RenderedTable,
    routes: Arc<Vec<Route>>,
}

/// The institutions of routed chatbots, and the time when the cache was started.
#[derive(Clone, Debug, Default)]
struct Institutions {
    since: Option<Timestamp>,
    by_chatbot: Arc<HashMap<Name, Name>>,
}

impl CachedTable {
    fn new(mut table: RenderedTable) -> Result<Self, InvalidTable> {
        let routes = Arc::new(table.routes()?);
        Ok(Self { table, routes })
    }
}

impl ParticipantList {
    /// Returns the list as JSON: the active participants that `filter` includes at `now`, sorted by name and strongly
    /// consistent. An unchanged list costs one read unit, and one for each 4 KB of peers.
    ///
    /// # Errors
    /// When the list cannot be read completely.
    pub async fn json(
        &self,
        store: &Store,
        filter: &TypeFilter,
        format: HostFormat,
        now: Timestamp,
    ) -> Result<String, ListError> {
        for _ in 0..MAX_ATTEMPTS {
            let routes = self.routes(store).await?;
            let peers = store.peers().await?;
            let institutions = self.institutions(store, &routes, now).await?;
            let Some(mut listed) = chatbots(&routes, &institutions, filter, format) else {
                // A chatbot was deleted after the table was read.
                *self.table.lock().unwrap_or_else(PoisonError::into_inner) = None;
                continue;
            };
            listed.extend(active_peers(&peers, filter, format));
            listed.sort_by(|a, b| a.name.cmp(&b.name));
            let json = serde_json::to_string(&listed)?;
            return if json.len() > MAX_LIST_BYTES { Err(ListError::TooLong(json.len())) } else { Ok(json) };
        }
        Err(StoreError::Contended.into())
    }

    /// Returns the current routes.
    async fn routes(&self, store: &Store) -> Result<Arc<Vec<Route>>, ListError> {
        let head = store.head(Consistency::Strong).await?;
        // The cached table is taken out, so that the next request starts without it after an error.
        let cached = self.table.lock().unwrap_or_else(PoisonError::into_inner).take();
        let cached = match cached {
            Some(cached) if cached.table.head().revision >= head.revision => cached,
            Some(CachedTable { mut table, .. }) => match store.advance(&mut table, head).await {
                Ok(()) => CachedTable::new(table)?,
                Err(_) => CachedTable::new(store.route_table(head).await?)?,
            },
            None => CachedTable::new(store.route_table(head).await?)?,
        };
        let routes = Arc::clone(&cached.routes);
        *self.table.lock().unwrap_or_else(PoisonError::into_inner) = Some(cached);
        Ok(routes)
    }

    /// Returns the institutions of the chatbots with `routes`, and reads those that are not cached.
    async fn institutions(
        &self,
        store: &Store,
        routes: &[Route],
        now: Timestamp,
    ) -> Result<Arc<HashMap<Name, Name>>, StoreError> {
        let mut cached = self.institutions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if cached.since.is_none_or(|since| now.duration_since(since) >= INSTITUTIONS_MAX_AGE) {
            cached = Institutions { since: Some(now), by_chatbot: Arc::default() };
        }
        let unknown = routes.iter().filter(|route| !cached.by_chatbot.contains_key(&route.name));
        let unknown: Vec<Name> = unknown.map(|route| route.name.clone()).collect();
        if !unknown.is_empty() {
            Arc::make_mut(&mut cached.by_chatbot).extend(store.institutions_of(&unknown).await?);
            *self.institutions.lock().unwrap_or_else(PoisonError::into_inner) = cached.clone();
        }
        Ok(cached.by_chatbot)
    }
}

/// Returns the chatbots with `routes` if `filter` includes chatbots, or `None` if an institution is unknown.
fn chatbots(
    routes: &[Route],
    institutions: &HashMap<Name, Name>,
    filter: &TypeFilter,
    format: HostFormat,
) -> Option<Vec<Participant>> {
    if !filter.includes(ParticipantType::Chatbot) {
        return Some(Vec::new());
    }
    let listed = |route: &Route| Some(Participant::from_route(route, institutions.get(&route.name)?.clone(), format));
    routes.iter().map(listed).collect()
}

/// Returns the active peers that `filter` includes.
fn active_peers<'a>(
    peers: &'a [Peer],
    filter: &'a TypeFilter,
    format: HostFormat,
) -> impl Iterator<Item = Participant> + 'a {
    peers
        .iter()
        .filter(|peer| peer.active && filter.includes(peer.kind.into()))
        .map(move |peer| Participant::from_peer(peer, format))
}
