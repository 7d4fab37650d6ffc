//! Lists of events, newest first: of all, of some institutions, of a chatbot.
//!
//! The events of a subject are a partition. The index by day has all events, in the same order. Its days have shards,
//! because many chatbots may have an event in the same second.

use std::collections::BTreeSet;

use centops_domain::{
    alerts::{Event, EventKind},
    chatbots::{Chatbot, Name},
    notifications::Enrolment,
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
        read_page(&self.table, query, &bounds, days, |_| true).await
    }

    /// Returns a page like [`Store::events`] of `institutions`, and of the chatbots that belong to them now, in their present
    /// enrolment.
    ///
    /// Half a read unit for each institution, one for each chatbot, and half a unit for each 4 KB of the events of each, at
    /// least one. Eventually consistent; the chatbots and their institutions are read strongly consistent.
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
        let of_institution = |institution| EventSubject::Institution(institution).pk();
        let mut partitions: Vec<_> = institutions.iter().map(of_institution).collect();
        for item in self.read_members(&members).await? {
            let Chatbot { name, created_at, .. } = table::from_item(item)?;
            partitions.push(EventSubject::Chatbot(&name, created_at).pk());
        }
        read_page(&self.table, query, &query.bounds(now), [Group::of_subjects(partitions)], |_| true).await
    }

    /// Returns a page like [`Store::events`] of `chatbot` since its enrolment, and of those planned outages of its
    /// institution that take it out.
    ///
    /// Half a read unit for each 4 KB of the events of both, and one for each 4 KB of the institution's planned outages.
    /// Eventually consistent; the planned outages are read strongly consistent.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn events_about_chatbot(
        &self,
        chatbot: &Chatbot,
        query: &EventQuery,
        now: Timestamp,
    ) -> Result<Page<Event, Position>, StoreError> {
        let Chatbot { name, created_at, institution, .. } = chatbot;
        let (enrolment, outages) = (Enrolment::from(chatbot), self.outages_of(institution, now).await?);
        let covering = outages.iter().filter(|outage| outage.chatbots.includes(&enrolment)).map(|outage| outage.id);
        let covering: BTreeSet<_> = covering.collect();
        let shows = |event: &Event| match &event.kind {
            EventKind::PlannedOutage { outage, .. } => covering.contains(outage) && event.at >= *created_at,
            _ => true,
        };
        let subjects = [EventSubject::Chatbot(name, *created_at), EventSubject::Institution(institution)];
        let partitions = subjects.map(EventSubject::pk).into_iter().take(if outages.is_empty() { 1 } else { 2 });
        let groups = [Group::of_subjects(partitions.collect())];
        read_page(&self.table, query, &query.bounds(now), groups, shows).await
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
        read_page(&self.table, query, &query.bounds(now), [Group::of_subjects(vec![partition])], |_| true).await
    }
}
