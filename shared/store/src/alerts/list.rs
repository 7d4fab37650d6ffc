//! Lists of events, newest first: of all, of some institutions, of a chatbot.
//!
//! The events of a subject are a partition. The index by day has all events, in the same order. Its days have shards,
//! because many chatbots may have an event in the same second.

use std::collections::BTreeSet;

use centops_domain::{
    alerts::Event,
    chatbots::{Chatbot, Name},
};
use jiff::Timestamp;

use super::{
    merge::{Group, read_page},
    query::EventQuery,
};
use crate::{
    Page, Store, StoreError,
    keys::{self, EventSubject},
    members::Member,
    table::{self, Position},
};

impl Store {
    /// Returns a page of the events of `query` from the 90 days before `now`, newest first.
    ///
    /// Read from the index by day, which lags behind the table by a moment: four queries a day, half a read unit for each
    /// 4 KB, and some two events for each of the page. At most ten days.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn events(&self, query: &EventQuery, now: Timestamp) -> Result<Page<Event, Position>, StoreError> {
        let bounds = query.bounds(now);
        let days = query.days(&bounds, now).map(|day| {
            let partitions = (0..keys::EVENT_SHARDS).map(|shard| keys::event_day(day, shard));
            Group::of_index(partitions.collect(), table::start_of_day(day))
        });
        read_page(&self.table, query, &bounds, days).await
    }

    /// Returns a page like [`Store::events`] of the chatbots that belong to `institutions` now, in their present enrolment.
    ///
    /// Half a read unit for each institution, one for each chatbot, and half a unit for each 4 KB of its events, at least
    /// one. Eventually consistent; the chatbots and their institutions are read strongly consistent.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn events_of_institutions(
        &self,
        institutions: &BTreeSet<Name>,
        query: &EventQuery,
        now: Timestamp,
    ) -> Result<Page<Event, Position>, StoreError> {
        let mut members = Vec::new();
        for institution in institutions {
            members.extend(self.all_members(institution).await?.into_iter().filter(Member::is_chatbot));
        }
        let mut partitions = Vec::with_capacity(members.len());
        for item in self.read_members(&members).await? {
            let Chatbot { name, created_at, .. } = table::from_item(item)?;
            partitions.push(EventSubject::Chatbot(&name, created_at).pk());
        }
        read_page(&self.table, query, &query.bounds(now), [Group::of_subjects(partitions)]).await
    }

    /// Returns a page like [`Store::events`] of the chatbot that was enrolled under `name` at `enrolled`. Half a read unit
    /// for each 4 KB; eventually consistent.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn events_of_chatbot(
        &self,
        name: &Name,
        enrolled: Timestamp,
        query: &EventQuery,
        now: Timestamp,
    ) -> Result<Page<Event, Position>, StoreError> {
        let partition = EventSubject::Chatbot(name, enrolled).pk();
        read_page(&self.table, query, &query.bounds(now), [Group::of_subjects(vec![partition])]).await
    }
}
