//! The list that clients of the first generation poll each five seconds: who takes part now.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use centops_api::Problem;
use centops_domain::{
    name::Name,
    peer::Peer,
    route::{InvalidTable, RenderedTable, Route},
};
use centops_store::{Consistency, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::{
    LONGEST,
    participant::{Hosts, Participant, ParticipantType, Types},
};

/// So long a warm function goes by the institutions that it read. No client of the list uses them.
const FRESH: SignedDuration = SignedDuration::from_mins(5);
/// How often the list is put together anew when chatbots are removed meanwhile.
const ATTEMPTS: usize = 4;

/// There is no list.
#[derive(Debug, thiserror::Error)]
pub enum RollError {
    /// The table's.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The route table is not what it says.
    #[error(transparent)]
    Table(#[from] InvalidTable),
    /// It cannot be written.
    #[error("the list cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    /// It is longer than an answer may be.
    #[error("the list has {0} bytes, and an answer at most {LONGEST}")]
    TooLong(usize),
}

impl From<RollError> for Problem {
    fn from(error: RollError) -> Self {
        match error {
            RollError::Store(error) => error.into(),
            error => Self::internal(error),
        }
    }
}

/// What tells one list from another: the start of its SHA-256.
#[must_use]
pub fn tag(json: &str) -> u64 {
    Sha256::digest(json).first_chunk().copied().map_or(0, u64::from_be_bytes)
}

/// What a warm function keeps of the lists that it made.
#[derive(Debug, Default)]
pub struct Roll {
    table: Mutex<Option<Known>>,
    institutions: Mutex<Institutions>,
}

/// The route table, as text to go on from and as values.
#[derive(Clone, Debug)]
struct Known {
    table: RenderedTable,
    routes: Arc<Vec<Route>>,
}

/// The institutions of routed chatbots, and since when they are kept.
#[derive(Clone, Debug, Default)]
struct Institutions {
    since: Option<Timestamp>,
    of: Arc<HashMap<Name, Name>>,
}

impl Known {
    fn of(mut table: RenderedTable) -> Result<Self, InvalidTable> {
        let routes = Arc::new(table.routes()?);
        Ok(Self { table, routes })
    }
}

impl Roll {
    /// The list as JSON: all of `types` that take part at `now`, by name, strongly consistent. An unchanged one
    /// costs a read unit, and one for each 4 KB of peers.
    ///
    /// # Errors
    /// When it cannot be had whole.
    pub async fn json(&self, store: &Store, types: &Types, hosts: Hosts, now: Timestamp) -> Result<String, RollError> {
        for _ in 0..ATTEMPTS {
            let routes = self.routes(store).await?;
            let peers = store.peers().await?;
            let institutions = self.institutions(store, &routes, now).await?;
            let Some(mut listed) = chatbots(&routes, &institutions, types, hosts) else {
                // One was removed since the table was read.
                *self.table.lock().unwrap_or_else(PoisonError::into_inner) = None;
                continue;
            };
            listed.extend(active(&peers, types, hosts));
            listed.sort_by(|a, b| a.name.cmp(&b.name));
            let json = serde_json::to_string(&listed)?;
            return if json.len() > LONGEST { Err(RollError::TooLong(json.len())) } else { Ok(json) };
        }
        Err(StoreError::Contended.into())
    }

    /// The routes as they are now.
    async fn routes(&self, store: &Store) -> Result<Arc<Vec<Route>>, RollError> {
        let head = store.head(Consistency::Strong).await?;
        // Taken: after an error the next request starts anew.
        let known = self.table.lock().unwrap_or_else(PoisonError::into_inner).take();
        let known = match known {
            Some(known) if known.table.head().revision >= head.revision => known,
            Some(Known { mut table, .. }) => match store.advance(&mut table, head).await {
                Ok(()) => Known::of(table)?,
                Err(_) => Known::of(store.table(head).await?)?,
            },
            None => Known::of(store.table(head).await?)?,
        };
        let routes = Arc::clone(&known.routes);
        *self.table.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(routes)
    }

    /// The institutions of the chatbots with `routes`, those that are not known read now.
    async fn institutions(
        &self,
        store: &Store,
        routes: &[Route],
        now: Timestamp,
    ) -> Result<Arc<HashMap<Name, Name>>, StoreError> {
        let mut kept = self.institutions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if kept.since.is_none_or(|since| now.duration_since(since) >= FRESH) {
            kept = Institutions { since: Some(now), of: Arc::default() };
        }
        let unknown = routes.iter().filter(|route| !kept.of.contains_key(&route.name));
        let unknown: Vec<Name> = unknown.map(|route| route.name.clone()).collect();
        if !unknown.is_empty() {
            Arc::make_mut(&mut kept.of).extend(store.institutions_of(&unknown).await?);
            *self.institutions.lock().unwrap_or_else(PoisonError::into_inner) = kept.clone();
        }
        Ok(kept.of)
    }
}

/// The chatbots with `routes`, where they are of `types`; none where an institution is not known.
fn chatbots(
    routes: &[Route],
    institutions: &HashMap<Name, Name>,
    types: &Types,
    hosts: Hosts,
) -> Option<Vec<Participant>> {
    if !types.has(ParticipantType::Chatbot) {
        return Some(Vec::new());
    }
    let listed = |route: &Route| Some(Participant::of_route(route, institutions.get(&route.name)?.clone(), hosts));
    routes.iter().map(listed).collect()
}

/// Those of `peers` that are of `types` and take part.
fn active<'a>(peers: &'a [Peer], types: &'a Types, hosts: Hosts) -> impl Iterator<Item = Participant> + 'a {
    peers
        .iter()
        .filter(|peer| peer.active && types.has(peer.kind.into()))
        .map(move |peer| Participant::of_peer(peer, hosts))
}
