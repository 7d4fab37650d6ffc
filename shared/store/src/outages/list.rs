//! Lists of planned outages.

use std::{collections::BTreeSet, fmt, str::FromStr};

use centops_domain::{
    chatbots::Name,
    outages::{OutageId, OutageState, PlannedOutage},
};
use jiff::Timestamp;

use super::items::{outage_of, read_outage};
use crate::{
    Page, Store, StoreError, attributes, keys,
    table::{self, collect},
};

/// The most institutions that are queried for one page.
const MOST_QUERIES: usize = 20;

/// Filter of a list of planned outages.
#[derive(Clone, Debug, Default)]
pub struct OutageFilter {
    /// Only those of these institutions; none for all institutions.
    pub institutions: Option<BTreeSet<Name>>,
    /// Only those in this state.
    pub state: Option<OutageState>,
    /// Only those that take place after this time.
    pub from: Option<Timestamp>,
    /// Only those that take place before this time.
    pub to: Option<Timestamp>,
}

impl OutageFilter {
    fn includes(&self, outage: &PlannedOutage, now: Timestamp) -> bool {
        let (from, to) = (self.from.unwrap_or(Timestamp::MIN), self.to.unwrap_or(Timestamp::MAX));
        let is_in_time = (self.from.is_none() && self.to.is_none()) || outage.takes_place_in(from, to);
        is_in_time && self.state.is_none_or(|state| state == outage.state(now))
    }
}

/// Position in a list of planned outages: the institution, and the id after which the page starts. `Display` and `FromStr`
/// are its wire form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutagePosition {
    institution: Name,
    after: Option<OutageId>,
}

/// A text that is not an [`OutagePosition`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a position in a list of planned outages")]
pub struct InvalidOutagePosition;

impl fmt::Display for OutagePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#", self.institution)?;
        self.after.map_or(Ok(()), |id| id.fmt(f))
    }
}

impl FromStr for OutagePosition {
    type Err = InvalidOutagePosition;

    fn from_str(text: &str) -> Result<Self, InvalidOutagePosition> {
        if let Some(institution) = text.strip_suffix('#') {
            return institution
                .parse()
                .map(|institution| Self { institution, after: None })
                .map_err(|_| InvalidOutagePosition);
        }
        let (institution, id) = outage_of(text).ok_or(InvalidOutagePosition)?;
        Ok(Self { institution, after: Some(id) })
    }
}

impl Store {
    /// Returns a page of up to `limit` planned outages by institution and id, from the position `from` on; only those that
    /// `filter` includes at `now`. One read unit for each 4 KB read, whether or not the filter drops it.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn planned_outages(
        &self,
        filter: &OutageFilter,
        from: Option<&OutagePosition>,
        limit: i32,
        now: Timestamp,
    ) -> Result<Page<PlannedOutage, OutagePosition>, StoreError> {
        let Some(institutions) = &filter.institutions else {
            return self.outages_page("", filter, from, limit, now).await;
        };
        let mut items = Vec::new();
        let rest = institutions.iter().filter(|institution| from.is_none_or(|from| **institution >= from.institution));
        for (queries, institution) in rest.enumerate() {
            let left = limit.saturating_sub(i32::try_from(items.len()).unwrap_or(i32::MAX));
            if left <= 0 || queries == MOST_QUERIES {
                let next = OutagePosition { institution: institution.clone(), after: None };
                return Ok(Page { items, next: Some(next) });
            }
            let from = from.filter(|from| from.institution == *institution);
            let page = self.outages_page(&keys::planned_prefix(institution), filter, from, left, now).await?;
            items.extend(page.items);
            if page.next.is_some() {
                return Ok(Page { items, next: page.next });
            }
        }
        Ok(Page { items, next: None })
    }

    async fn outages_page(
        &self,
        prefix: &str,
        filter: &OutageFilter,
        from: Option<&OutagePosition>,
        limit: i32,
        now: Timestamp,
    ) -> Result<Page<PlannedOutage, OutagePosition>, StoreError> {
        let start = from.and_then(|from| from.after.map(|id| keys::planned_outage(&from.institution, id)));
        let query = self.table.query_prefix(keys::PLANNED, prefix.to_owned()).set_exclusive_start_key(start);
        let read = |item| {
            let outage = read_outage(&item, now)?.map(|read| read.value);
            Ok(outage.filter(|outage| filter.includes(outage, now)))
        };
        table::fetch_page(query, limit, read).await
    }

    /// Returns the planned outages of `institution`, by id, strongly consistent. One read unit for each 4 KB.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn outages_of(&self, institution: &Name, now: Timestamp) -> Result<Vec<PlannedOutage>, StoreError> {
        let items = collect(self.table.query_prefix(keys::PLANNED, keys::planned_prefix(institution))).await?;
        let read = items.iter().map(|item| Ok(read_outage(item, now)?.map(|read| read.value)));
        let read: Result<Vec<_>, StoreError> = read.collect();
        Ok(read?.into_iter().flatten().collect())
    }

    /// Returns the planned outages of `institution` that are not over, like [`Store::outages_of`].
    pub(super) async fn open_outages(
        &self,
        institution: &Name,
        now: Timestamp,
    ) -> Result<Vec<PlannedOutage>, StoreError> {
        // One that is over has an expiry.
        let query = self.table.query_prefix(keys::PLANNED, keys::planned_prefix(institution));
        let query = query
            .filter_expression("attribute_not_exists(#expires)")
            .expression_attribute_names("#expires", attributes::EXPIRES);
        let items = collect(query).await?;
        let read = items.iter().map(|item| Ok(read_outage(item, now)?.map(|read| read.value)));
        let read: Result<Vec<_>, StoreError> = read.collect();
        Ok(read?.into_iter().flatten().collect())
    }
}
