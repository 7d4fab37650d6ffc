//! Lists of incidents and of their timelines.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
    fmt, iter,
    str::FromStr,
};

use centops_domain::{
    chatbots::Name,
    incidents::{Entry, Incident, IncidentId, IncidentKind},
};
use jiff::{Timestamp, ToSpan as _};

use super::items::{Pointer, read};
use crate::{
    Page, Store, StoreError, Versioned, attributes,
    keys::{self, IncidentIndex},
    table::{self, Item, Position, text_of},
};

/// The incidents of one page of a period.
const PAGE: usize = 100;
/// The months of incidents that are kept.
const MONTHS: usize = 14;

/// A query of incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// Only those of these institutions, as they were when the incidents began.
    pub institutions: Option<BTreeSet<Name>>,
    /// Only those that are not over.
    pub active: bool,
    /// Only those of this kind.
    pub kind: Option<IncidentKind>,
}

/// Cursor: the last incident of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IncidentPosition(IncidentId);

/// Error of parsing an [`IncidentPosition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position in a list of incidents")]
pub struct InvalidIncidentPosition;

impl fmt::Display for IncidentPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for IncidentPosition {
    type Err = InvalidIncidentPosition;

    fn from_str(text: &str) -> Result<Self, InvalidIncidentPosition> {
        text.parse().map(Self).map_err(|_| InvalidIncidentPosition)
    }
}

impl Store {
    /// Returns a page of up to `limit` incidents of `filter`, newest first, from the last 14 months before `now`. One read
    /// unit for each incident and each 4 KB of an index. A page may have fewer, although there is a next one.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn incidents(
        &self,
        filter: &IncidentFilter,
        after: Option<IncidentPosition>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Page<Versioned<Incident>, IncidentPosition>, StoreError> {
        let after = after.map(|IncidentPosition(id)| id);
        let mut found = BTreeMap::new();
        let is_network = filter.kind == Some(IncidentKind::Network);
        match &filter.institutions {
            // An institution sees its own only, and no network incident is one's own.
            Some(_) if is_network => {}
            None if is_network => {
                let list = if filter.active { IncidentIndex::ActiveNetwork } else { IncidentIndex::Network };
                found.extend(self.pointers(list, after, limit + 1).await?);
            }
            Some(institutions) if !filter.active => {
                for institution in institutions {
                    found.extend(self.pointers(IncidentIndex::Institution(institution), after, limit + 1).await?);
                }
            }
            _ if filter.active => found.extend(self.pointers(IncidentIndex::Active, after, limit + 1).await?),
            _ => found.extend(self.pointers_by_month(after, limit + 1, now).await?),
        }
        let mut newest: Vec<_> = found.into_iter().rev().collect();
        let is_last = newest.len() <= limit;
        newest.truncate(limit);
        let next = newest.last().filter(|_| !is_last).map(|(id, _)| IncidentPosition(*id));
        let is_wanted = |pointer: &Pointer| {
            filter.kind.is_none_or(|kind| pointer.kind() == kind)
                && filter.institutions.as_ref().is_none_or(|institutions| pointer.is_of(institutions))
        };
        newest.retain(|(_, pointer)| is_wanted(pointer));
        let keys: Vec<_> = newest.iter().map(|(id, pointer)| pointer.key(*id)).collect();
        let items = self.table.get_many(&keys).await?;
        let mut items = items.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        items.retain(|incident| !filter.active || incident.value.is_active());
        items.sort_by_key(|incident| Reverse(incident.value.id));
        Ok(Page { items, next })
    }

    /// Returns the incidents of `institutions`, none for all, that began in `from..to`, newest first. None if they are more
    /// than `most`. One read unit for each, and for each 4 KB of an index.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn incidents_between(
        &self,
        institutions: Option<BTreeSet<Name>>,
        from: Timestamp,
        to: Timestamp,
        most: usize,
    ) -> Result<Option<Vec<Incident>>, StoreError> {
        let filter = IncidentFilter { institutions, ..IncidentFilter::default() };
        // The list goes on before the first id of `to`.
        let (mut found, mut after) = (Vec::new(), Some(IncidentPosition(IncidentId::first(to))));
        while after.is_some() {
            let page = self.incidents(&filter, after, PAGE, to).await?;
            let in_period = page.items.into_iter().map(|incident| incident.value);
            let read = found.len();
            found.extend(in_period.take_while(|incident| incident.id >= IncidentId::first(from)));
            if found.len() > most {
                return Ok(None);
            }
            after = page.next.filter(|IncidentPosition(id)| *id >= IncidentId::first(from) && found.len() > read);
        }
        Ok(Some(found))
    }

    async fn pointers_by_month(
        &self,
        after: Option<IncidentId>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<(IncidentId, Pointer)>, StoreError> {
        let first = table::date(after.map_or(now, IncidentId::at)).first_of_month();
        let mut found = Vec::new();
        for month in iter::successors(Some(first), |month| month.checked_sub(1.month()).ok()).take(MONTHS) {
            found.extend(self.pointers(IncidentIndex::Month(month), after, limit - found.len()).await?);
            if found.len() == limit {
                break;
            }
        }
        Ok(found)
    }

    /// Returns the newest `limit` items of `index` before `after`.
    pub(super) async fn pointers(
        &self,
        index: IncidentIndex<'_>,
        after: Option<IncidentId>,
        limit: usize,
    ) -> Result<Vec<(IncidentId, Pointer)>, StoreError> {
        let query = self.table.query_partition(&index.pk()).scan_index_forward(false);
        let query = query.set_exclusive_start_key(after.map(|id| index.key(id)));
        let output = query.limit(i32::try_from(limit).unwrap_or(i32::MAX)).send().await;
        let output = output.map_err(|error| StoreError::unavailable(&error))?;
        output.items.unwrap_or_default().iter().map(pointer_of).collect()
    }

    /// Returns a page of up to `limit` entries of the timeline of the incident `id`, oldest first, after `after`. One read
    /// unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn timeline(
        &self,
        id: IncidentId,
        after: Option<&TimelinePosition>,
        limit: i32,
    ) -> Result<Page<Entry, TimelinePosition>, StoreError> {
        let query = self.table.query_partition(&keys::timeline_pk(id));
        let start = after.map(|TimelinePosition(sk)| table::key(keys::timeline_pk(id), sk.clone()));
        let read = |item: Item| table::json_of(&item, attributes::DOCUMENT).map(Some);
        table::fetch_page(query.set_exclusive_start_key(start), limit, read).await
    }
}

/// Cursor: the last entry of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelinePosition(String);

impl TimelinePosition {
    /// Returns the position after `entry`.
    #[must_use]
    pub fn of(entry: &Entry) -> Self {
        Self(table::time_sk(entry.at, &entry.id))
    }
}

impl fmt::Display for TimelinePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TimelinePosition {
    type Err = InvalidIncidentPosition;

    fn from_str(text: &str) -> Result<Self, InvalidIncidentPosition> {
        // A position in a list by time is a sort key.
        let position = Position::new(Timestamp::MIN, text).map_err(|_| InvalidIncidentPosition)?;
        Ok(Self(position.sk().to_owned()))
    }
}

/// Returns the incident that the item with the partition key `pk` is an entry of the timeline of; none if it is something else.
#[must_use]
pub fn incident_of_timeline(pk: &str) -> Option<IncidentId> {
    keys::incident_of_timeline(pk)
}

pub(super) fn pointer_of(item: &Item) -> Result<(IncidentId, Pointer), StoreError> {
    let id = text_of(item, attributes::SK)?.parse().map_err(StoreError::unreadable)?;
    Ok((id, table::json_of(item, attributes::DOCUMENT)?))
}
