//! The stored facts of an institution and its chatbots, for reports.

use std::collections::BTreeSet;

use centops_domain::{
    alerts::Event,
    chatbots::{Chatbot, Name},
    credentials::Profile,
    incidents::Incident,
    notifications::{Coverage, Enrolment, Zone},
    outages::Windows,
    releases::Update,
    reports::{Change, ChatbotFacts, InstitutionFacts, MAX_INCIDENTS, PLANNED_AHEAD, ReportPeriod, start_of_month},
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{Timestamp, civil::Date};

use crate::{
    Store, StoreError,
    alerts::EVENT_RETENTION,
    attributes,
    chatbots::ChatbotFilter,
    credentials::CredentialFilter,
    keys::EventSubject,
    table::{self, text, time},
};

/// The chatbots that are read at once.
const CONCURRENCY: usize = 8;
/// The chatbots of a page of the list of an institution.
const PAGE: i32 = 500;

impl Store {
    /// Returns the facts of the institution `id` for a report about `period` in `zone`, at `now`: of the chatbots that
    /// belong to it now, and that `coverage` includes.
    ///
    /// One unit for each component that the chatbots run, and for each incident of the period and the one before. For each
    /// chatbot 4.5 units, half a unit for each 4 KB of its events of 90 days, and half a unit for each two
    /// days of the period and the one before. The minutes since the last summary, at most of two days, cost half a unit for
    /// each 20.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is neither a record of the institution nor a chatbot of it. When the table does not
    /// answer.
    pub async fn institution_facts(
        &self,
        id: &Name,
        coverage: &Coverage,
        period: ReportPeriod,
        zone: Zone,
        now: Timestamp,
    ) -> Result<InstitutionFacts, StoreError> {
        let chatbots = self.all_chatbots_of(id).await?;
        let name = match self.institution(id).await {
            Ok(institution) => institution.value.name.as_str().to_owned(),
            Err(StoreError::NotFound) if !chatbots.is_empty() => id.to_string(),
            Err(error) => return Err(error),
        };
        let from = start_of_month(period.before.start, zone);
        let to = now.saturating_add(PLANNED_AHEAD).unwrap_or(now).max(period.own.end);
        let windows = Windows::new(self.outage_windows(id, from, to).await?);
        let subscriptions = self.subscribers(Some(id)).await?.into_iter().map(|stored| stored.subscription).collect();
        let summarised = self.days_progress().await?.done;
        let incidents = self.reported_incidents(id, coverage, period).await?;
        let covered: Vec<_> =
            chatbots.into_iter().filter(|chatbot| coverage.includes(&Enrolment::from(chatbot))).collect();
        // Chatbots run the same components: each release is read once.
        let updates = self.updates_of_all(&covered.iter().map(|chatbot| &chatbot.versions).collect::<Vec<_>>()).await?;
        let facts = covered
            .into_iter()
            .zip(updates)
            .map(|(chatbot, updates)| self.chatbot_facts(chatbot, updates, period, summarised, now));
        let facts = stream::iter(facts).buffer_unordered(CONCURRENCY).try_collect::<Vec<_>>().await?;
        let chatbots = facts.into_iter().flatten().collect();
        Ok(InstitutionFacts { id: id.clone(), name, chatbots, windows, subscriptions, incidents })
    }

    /// Returns the incidents of the institution `id` and of chatbots that `coverage` includes, that began in `period` or in
    /// the one before. None if those of the institution are more than [`MAX_INCIDENTS`].
    async fn reported_incidents(
        &self,
        id: &Name,
        coverage: &Coverage,
        period: ReportPeriod,
    ) -> Result<Option<Vec<Incident>>, StoreError> {
        let (institutions, from, to) = (BTreeSet::from([id.clone()]), period.before.start, period.own.end);
        let found = self.incidents_between(Some(institutions), from, to, MAX_INCIDENTS).await?;
        let is_covered = |incident: &Incident| incident.chatbot().is_some_and(|chatbot| coverage.includes(chatbot));
        Ok(found.map(|found| found.into_iter().filter(is_covered).collect()))
    }

    async fn all_chatbots_of(&self, institution: &Name) -> Result<Vec<Chatbot>, StoreError> {
        let institutions = BTreeSet::from([institution.clone()]);
        let (mut all, mut from) = (Vec::new(), None);
        loop {
            let page = self.chatbots_of(&institutions, &ChatbotFilter::default(), from.as_ref(), PAGE).await?;
            all.extend(page.items);
            from = page.next;
            if from.is_none() {
                return Ok(all);
            }
        }
    }

    /// Returns the facts of `chatbot`; none if it was removed since it was listed.
    async fn chatbot_facts(
        &self,
        chatbot: Chatbot,
        updates: Vec<Update>,
        period: ReportPeriod,
        summarised: Option<Date>,
        now: Timestamp,
    ) -> Result<Option<ChatbotFacts>, StoreError> {
        let health = match self.health(&chatbot.name).await {
            Ok(health) => health.value,
            Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let kept_since = now - EVENT_RETENTION;
        let changes = self.changes(&chatbot, kept_since).await?;
        let observations = self.observations(&chatbot, &health, summarised, [period.own, period.before]).await?;
        let certificate_ends = self.certificate_end(&chatbot, now).await?;
        let control = health.control().cloned();
        Ok(Some(ChatbotFacts { chatbot, control, kept_since, changes, observations, updates, certificate_ends }))
    }

    /// Returns the changes of `chatbot` that its events since `from` report, in order. What an event says beside that is
    /// dropped as it is read. Half a read unit for each 4 KB.
    async fn changes(&self, chatbot: &Chatbot, from: Timestamp) -> Result<Vec<(Timestamp, Change)>, StoreError> {
        let query = self
            .table
            .query()
            .key_condition_expression("pk = :pk AND sk >= :from")
            .expression_attribute_values(":pk", text(EventSubject::Chatbot(&chatbot.name, chatbot.created_at).pk()))
            .expression_attribute_values(":from", text(time(from)));
        let mut items = query.into_paginator().items().send();
        let mut changes = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| StoreError::unavailable(&error))?;
            let event: Event = table::json_of(&item, attributes::EVENT)?;
            changes.extend(Change::of(&event.kind).map(|change| (event.at, change)));
        }
        Ok(changes)
    }

    /// Returns the end of the newest valid certificate of `chatbot`; none if it has none.
    async fn certificate_end(&self, chatbot: &Chatbot, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let filter = CredentialFilter::holder(Profile::Chatbot, &chatbot.name);
        let own = self.all_certificates(&filter).await?.into_iter();
        let valid = own.filter(|one| one.enrolled_at == chatbot.created_at && one.revoked_at.is_none());
        Ok(valid.map(|one| one.not_after).filter(|ends| *ends > now).max())
    }
}
