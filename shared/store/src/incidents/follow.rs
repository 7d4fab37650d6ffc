//! Incidents that follow the events of their chatbots.

use centops_domain::{
    alerts::Event,
    incidents::{Facts, Incident, Look, Present, Step, follow},
    notifications::Enrolment,
};
use jiff::Timestamp;

use super::items::{Latest, overlap};
use crate::{
    ATTEMPTS, Store, StoreError,
    alerts::parse_event,
    attributes,
    keys::{EventSubject, IncidentsOf},
    table::{self, WriteError, text_of},
};

/// The most new events that one transaction follows: it may have 100 writes.
const MAX_EVENTS: usize = 12;

/// The facts of a chatbot and its latest incident, as read.
pub(super) struct Known {
    pub(super) latest: Latest,
    pub(super) present: Option<Present>,
    pub(super) events: Vec<Event>,
    /// True if more events follow.
    more: bool,
}

impl Known {
    /// Returns the incidents that follow and differ from the latest.
    pub(super) fn follow(&self, chatbot: &Enrolment, look: Option<&Look>, now: Timestamp) -> Vec<Step> {
        let latest = self.latest.incident.as_ref().map(|latest| &latest.value);
        let (events, present) = (&self.events, self.present.as_ref());
        follow(latest, &Facts { chatbot, events, more: self.more, present, look, now })
    }
}

impl Store {
    /// Computes the incidents of `chatbot` anew at `now`, and writes what follows. `since` is the time of the event that the
    /// caller knows; none if the caller knows of an incident only. `look` is the result of looking at a suspected outage
    /// again. Returns the latest incident.
    ///
    /// Three read units. If something follows, two write units for the incident and for each entry of its timeline, and
    /// eight more for a new one.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn follow_incident(
        &self,
        chatbot: &Enrolment,
        since: Option<Timestamp>,
        look: Option<&Look>,
        now: Timestamp,
    ) -> Result<Option<Incident>, StoreError> {
        let mut since = since;
        for _ in 0..ATTEMPTS {
            let known = self.known(chatbot, since).await?;
            let latest = known.latest.incident.as_ref().map(|latest| &latest.value);
            let steps = known.follow(chatbot, look, now);
            if steps.is_empty() {
                if !known.more {
                    return Ok(latest.cloned());
                }
                since = known.events.last().map(|event| event.at);
                continue;
            }
            match self.put_incidents(chatbot, &known.latest, &steps, now).await {
                Ok(_) if known.more => {}
                Ok(last) => return Ok(last),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Reads the chatbot first, and then its events, so that they include the one that made it as it is.
    pub(super) async fn known(&self, chatbot: &Enrolment, since: Option<Timestamp>) -> Result<Known, StoreError> {
        let present = match self.chatbot(&chatbot.name).await {
            Ok(found) if chatbot.is_at(found.value.created_at) => Some(Present::from(&found.value)),
            Ok(_) | Err(StoreError::NotFound) => None,
            Err(error) => return Err(error),
        };
        let latest = self.latest_incident(IncidentsOf::Chatbot(chatbot)).await?;
        let as_of = latest.incident.as_ref().map(|latest| overlap(latest.value.as_of));
        let Some(from) = as_of.or(since) else { return Ok(Known { latest, present, events: vec![], more: false }) };
        let known_until = latest.incident.as_ref().map_or(Timestamp::MIN, |latest| latest.value.as_of);
        let (events, more) = self.events_after(chatbot, from, known_until).await?;
        Ok(Known { latest, present, events, more })
    }

    /// Returns the events of `chatbot` from `from` on, oldest first, strongly consistent: those until `known_until`, and
    /// [`MAX_EVENTS`] later ones; and whether more follow.
    async fn events_after(
        &self,
        chatbot: &Enrolment,
        from: Timestamp,
        known_until: Timestamp,
    ) -> Result<(Vec<Event>, bool), StoreError> {
        let pk = EventSubject::Chatbot(&chatbot.name, chatbot.enrolled_at).pk();
        let query = self.table.query_range(&pk, table::time(from), table::time(Timestamp::MAX)).consistent_read(true);
        let mut items = query.into_paginator().items().send();
        let (mut events, mut new) = (Vec::<Event>::new(), 0);
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| StoreError::unavailable(&error))?;
            let event = parse_event(text_of(&item, attributes::EVENT)?).map_err(StoreError::unreadable)?;
            new += usize::from(event.at > known_until);
            // Those of one time stay together.
            if new > MAX_EVENTS && events.last().is_some_and(|last| last.at < event.at) {
                return Ok((events, true));
            }
            events.push(event);
        }
        Ok((events, false))
    }

    /// Writes `steps`, which follow the `latest` incident of `chatbot`, in one transaction. Returns the last incident.
    pub(super) async fn put_incidents(
        &self,
        chatbot: &Enrolment,
        latest: &Latest,
        steps: &[Step],
        now: Timestamp,
    ) -> Result<Option<Incident>, WriteError> {
        let (mut transaction, mut last) = (self.transaction(), None);
        for step in steps {
            let old = latest.incident.as_ref().filter(|old| old.value.id == step.incident.id);
            let was_active = old.is_some_and(|old| old.value.is_active());
            let (step, parent) = self.rejoined(step.clone(), was_active, now).await?;
            transaction = transaction.incident(&step, old.map_or(0, |old| old.version), was_active)?.touch(parent)?;
            last = Some(step.incident);
        }
        let new = last.as_ref().filter(|last| latest.incident.as_ref().is_none_or(|old| old.value.id != last.id));
        if let Some(new) = new {
            transaction = transaction.latest_incident(IncidentsOf::Chatbot(chatbot), new.id, latest.version)?;
        }
        transaction.commit().await.map(|()| last)
    }
}
