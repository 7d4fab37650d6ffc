//! Input of the search for common causes, and the claims that bound how often it runs.

use std::collections::{BTreeMap, BTreeSet};

use centops_domain::{
    chatbots::{Chatbot, ChatbotType, Name},
    health::CapPolicy,
    incidents::{AtRisk, Incident, IncidentId, IncidentKind, MIN_MEMBERS, WINDOW},
    ingestion::Observer,
    notifications::Enrolment,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp, civil::Date};

use super::{
    items::{month, read},
    list::pointer_of,
};
use crate::{
    Store, StoreError, attributes,
    chatbots::ChatbotFilter,
    keys::{self, IncidentIndex},
    table::{Condition, WriteError, collect, expiry},
};

/// The seconds in which openings lead to one search for common causes.
pub const CORRELATE_EVERY: i32 = 10;
/// The longest time from the beginning of an incident to its opening, and some for clocks that differ.
const OPENED_WITHIN: SignedDuration = SignedDuration::from_mins(3);
/// The items that are read at once.
const CONCURRENCY: usize = 16;
/// The chatbots of one query.
const PAGE: i32 = 1000;
/// The network incidents that may be active at once.
const MOST_ACTIVE: usize = 1000;

impl Store {
    /// Claims the search for common causes of the ten seconds of `now`. Returns false if somebody has claimed it. One write
    /// unit.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn claim_correlation(&self, now: Timestamp) -> Result<bool, StoreError> {
        let second = now.as_second();
        let mut item = keys::correlation(second - second.rem_euclid(CORRELATE_EVERY.into()));
        item.insert(attributes::EXPIRES.to_owned(), expiry(now, SignedDuration::from_hours(1)));
        match self.table.put(item, Condition::Absent).await {
            Ok(()) => Ok(true),
            Err(WriteError::Condition { .. } | WriteError::Conflict) => Ok(false),
            Err(WriteError::Failed(error)) => Err(error),
        }
    }

    /// Returns the network incidents that are active. One read unit for each.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn active_network_incidents(&self) -> Result<Vec<Incident>, StoreError> {
        let found = self.pointers(IncidentIndex::ActiveNetwork, None, MOST_ACTIVE).await?;
        let keys: Vec<_> = found.iter().map(|(id, pointer)| pointer.key(*id)).collect();
        let mut active = self.read_incidents(&keys).await?;
        active.retain(Incident::is_active);
        Ok(active)
    }

    /// Returns the incidents of chatbots that were opened in the last [`WINDOW`] before `now`, and others that began in it.
    /// One read unit for each.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn recent_incidents(&self, now: Timestamp) -> Result<Vec<Incident>, StoreError> {
        let first = IncidentId::first(now - WINDOW - OPENED_WITHIN);
        let months = BTreeSet::from([month(first), month(IncidentId::first(now))].map(Date::first_of_month));
        let mut keys = Vec::new();
        for day in months {
            // An id begins with a digit or a letter up to `f`.
            let query = self.table.query_range(&IncidentIndex::Month(day).pk(), first.to_string(), "g".to_owned());
            for item in collect(query.consistent_read(true)).await? {
                let (id, pointer) = pointer_of(&item)?;
                keys.extend((pointer.kind() == IncidentKind::Chatbot).then(|| pointer.key(id)));
            }
        }
        self.read_incidents(&keys).await
    }

    async fn read_incidents(&self, keys: &[crate::table::Key]) -> Result<Vec<Incident>, StoreError> {
        let items = self.table.get_many(keys).await?;
        items.iter().map(|item| read(item).map(|found| found.value)).collect()
    }

    /// Returns the chatbots at risk when `incidents` were opened, and the types whose cap is reached by `cap`. The DMRs that
    /// report on each are read only if one DMR alone saw several fail: then one read unit for each chatbot. Otherwise one
    /// for each 4 KB of chatbots.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn population(
        &self,
        incidents: &[Incident],
        cap: &CapPolicy,
    ) -> Result<(Vec<AtRisk>, BTreeMap<ChatbotType, u32>), StoreError> {
        let (opened, reads_dmrs) = (opened_chatbots(incidents), is_of_one_dmr(incidents));
        let (mut population, mut after) = (Vec::new(), None);
        loop {
            let page = self.chatbots(&ChatbotFilter::default(), after.as_ref(), PAGE).await?;
            let at_risk = page.items.into_iter().map(|chatbot| {
                let has_opening = opened.contains(&Enrolment::from(&chatbot));
                self.at_risk(chatbot, has_opening, reads_dmrs)
            });
            let at_risk = stream::iter(at_risk).buffered(CONCURRENCY).try_collect::<Vec<_>>().await?;
            population.extend(at_risk.into_iter().flatten());
            after = page.next;
            if after.is_none() {
                return Ok((population, self.network().await?.value.reached_caps(cap)));
            }
        }
    }

    async fn at_risk(
        &self,
        chatbot: Chatbot,
        has_opening: bool,
        reads_dmrs: bool,
    ) -> Result<Option<AtRisk>, StoreError> {
        let Some(mut at_risk) = AtRisk::new(&chatbot, has_opening, BTreeSet::new()) else { return Ok(None) };
        if reads_dmrs {
            match self.health(&chatbot.name).await {
                Ok(health) => {
                    let reporting = health.value.observers().iter().filter(|(_, state)| !state.is_silent());
                    at_risk.dmrs = reporting.filter_map(|(observer, _)| observer.dmr().cloned()).collect();
                }
                Err(StoreError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(at_risk))
    }
}

/// Returns the chatbots of `incidents` that were opened.
fn opened_chatbots(incidents: &[Incident]) -> BTreeSet<&Enrolment> {
    incidents.iter().filter(|incident| incident.opened_at.is_some()).filter_map(Incident::chatbot).collect()
}

/// Returns whether one DMR alone saw enough chatbots fail to be their common cause.
fn is_of_one_dmr(incidents: &[Incident]) -> bool {
    let mut alone: BTreeMap<Name, usize> = BTreeMap::new();
    for opening in incidents.iter().filter_map(Incident::opening) {
        if let [Observer::Dmr(dmr)] = opening.witnesses.iter().collect::<Vec<_>>().as_slice() {
            *alone.entry(dmr.clone()).or_default() += 1;
        }
    }
    alone.values().any(|count| *count >= MIN_MEMBERS)
}
