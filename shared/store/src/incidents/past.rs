//! Resolved incidents as input of the advice about later ones: a compact item of each, in one partition.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use centops_domain::{
    chatbots::Name,
    incidents::{Attempt, CauseKind, Incident, IncidentId, MAX_PAST, PastId, PastIncident, Token},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    Store, StoreError, attributes, keys,
    table::{self, Item, text, text_of},
};

/// Retention of incidents and their timelines, from their beginning.
pub(super) const RETENTION: SignedDuration = SignedDuration::from_hours(400 * 24);
/// Age at which a function reads the past incidents again.
pub const PAST_MAX_AGE: SignedDuration = SignedDuration::from_secs(60);

/// A past incident as stored. The id is in the key.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    institution: Name,
    cause: CauseKind,
    tokens: BTreeSet<Token>,
    attempts: Vec<Attempt>,
    resolved: Timestamp,
    seconds: i64,
}

impl Store {
    /// Returns what is learnt from the resolved incidents of the last 400 days before `now`, eventually consistent, those that
    /// began last first, [`MAX_PAST`] at most. Half a read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn past_incidents(&self, now: Timestamp) -> Result<Vec<PastIncident<PastId>>, StoreError> {
        let range = (IncidentId::first(now - RETENTION).to_string(), IncidentId::first(now).to_string());
        let query = self.table.query_range(&keys::past_incidents_pk(), range.0, range.1);
        let mut items = query.scan_index_forward(false).into_paginator().items().send();
        let mut past = Vec::new();
        while past.len() < MAX_PAST {
            let Some(item) = items.try_next().await.map_err(|error| StoreError::unavailable(&error))? else { break };
            past.extend(read(&item)?);
        }
        Ok(past)
    }
}

/// Returns the item of what is learnt from `incident`. One that was resolved before and teaches nothing any more replaces
/// what it taught. None if it was never resolved.
pub(super) fn past_item(incident: &Incident) -> Result<Option<Item>, StoreError> {
    if incident.resolution.is_none() {
        return Ok(None);
    }
    let stored = incident.past().map(|past| Stored {
        institution: past.id.institution,
        cause: past.cause,
        tokens: past.tokens,
        attempts: past.attempts,
        resolved: past.resolved_at,
        seconds: past.lasted.as_secs(),
    });
    let mut item = keys::past_incident(incident.id);
    let json = serde_json::to_string(&stored).map_err(StoreError::unreadable)?;
    item.insert(attributes::DOCUMENT.to_owned(), text(json));
    Ok(Some(item))
}

fn read(item: &Item) -> Result<Option<PastIncident<PastId>>, StoreError> {
    let id: IncidentId = text_of(item, attributes::SK)?.parse().map_err(StoreError::unreadable)?;
    let stored: Option<Stored> = table::json_of(item, attributes::DOCUMENT)?;
    Ok(stored.map(|stored| PastIncident {
        id: PastId { id, institution: stored.institution },
        cause: stored.cause,
        tokens: stored.tokens,
        attempts: stored.attempts,
        resolved_at: stored.resolved,
        lasted: SignedDuration::from_secs(stored.seconds),
    }))
}

/// Past incidents, and when they were read.
type Cached = (Timestamp, Arc<[PastIncident<PastId>]>);

/// The past incidents in the memory of a warm function.
#[derive(Debug, Default)]
pub struct PastCache {
    cached: Mutex<Option<Cached>>,
}

impl PastCache {
    /// Returns the past incidents at `now`: the cached ones for [`PAST_MAX_AGE`], then the stored ones.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn current(&self, store: &Store, now: Timestamp) -> Result<Arc<[PastIncident<PastId>]>, StoreError> {
        let cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((read, past)) = cached
            && now.duration_since(read) < PAST_MAX_AGE
        {
            return Ok(past);
        }
        let past: Arc<[_]> = store.past_incidents(now).await?.into();
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&past)));
        Ok(past)
    }
}
