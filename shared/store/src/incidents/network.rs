//! Network incidents: opened with their first members, joined by others, and ended after the last.

use centops_domain::{
    alerts::{Event, EventKind},
    incidents::{CommonCause, Grouping, Incident, IncidentId, IncidentKind, Step},
    notifications::Enrolment,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::{items::read, members::Member};
use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    keys::{self, EventSubject, IncidentsOf},
    table::{Transaction, WriteError},
};

/// The most members of one transaction: each needs up to four writes, of a hundred.
const BATCH: usize = 20;
/// The members that are released at once.
const CONCURRENCY: usize = 16;

/// A network incident that is about to be written.
struct Draft {
    step: Step,
    /// The version that it follows; 0 for a new one.
    version: i64,
    /// The version of the item that names the latest one of the property, for a new one.
    latest: i64,
}

impl Store {
    /// Makes the incidents of `grouping` members of its network incident, which is opened if there is none. Those that may
    /// not join any more are left out. Returns the network incident; none if there is none, or if it is over. It is the same
    /// however often it is repeated.
    ///
    /// One read unit and some ten write units for each member.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn group_incidents(&self, grouping: &Grouping, now: Timestamp) -> Result<Option<IncidentId>, StoreError> {
        let members: Vec<_> = grouping.members.iter().collect();
        let mut parent = grouping.parent;
        for batch in members.chunks(BATCH) {
            parent = self.join_incidents(parent, grouping.cause.as_ref(), batch, now).await?;
        }
        Ok(parent)
    }

    async fn join_incidents(
        &self,
        parent: Option<IncidentId>,
        cause: Option<&CommonCause>,
        batch: &[(&IncidentId, &Enrolment)],
        now: Timestamp,
    ) -> Result<Option<IncidentId>, StoreError> {
        for _ in 0..ATTEMPTS {
            let keys: Vec<_> = batch.iter().map(|(id, chatbot)| IncidentsOf::Chatbot(chatbot).key(**id)).collect();
            let found = self.table.get_many(&keys).await?;
            let mut found = found.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            found.retain(|member| member.value.may_join());
            if found.is_empty() {
                return Ok(parent);
            }
            let members: Vec<_> = found.iter().map(|member| member.value.clone()).collect();
            let Some(draft) = self.draft(parent, cause, &members, now).await? else { return Ok(None) };
            match self.put_members(&draft, &found, cause, now).await {
                Ok(()) => return Ok(Some(draft.step.incident.id)),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Returns the network incident that `members` join: `parent`, the active one of the property of `cause`, or a new one.
    async fn draft(
        &self,
        parent: Option<IncidentId>,
        cause: Option<&CommonCause>,
        members: &[Incident],
        now: Timestamp,
    ) -> Result<Option<Draft>, StoreError> {
        let of = |found: Versioned<Incident>| {
            let Versioned { value, version } = found;
            value.is_active().then(|| Draft { step: value.at(now), version, latest: 0 })
        };
        if let Some(parent) = parent {
            return Ok(of(self.incident(parent).await?));
        }
        let Some(cause) = cause else { return Ok(None) };
        let latest = self.latest_incident(IncidentsOf::Network(&cause.shared)).await?;
        let previous = latest.incident.as_ref().map(|latest| latest.value.id);
        if let Some(active) = latest.incident.and_then(of) {
            return Ok(Some(active));
        }
        let step = Incident::declare(cause, members, previous, now);
        Ok(step.map(|step| Draft { step, version: 0, latest: latest.version }))
    }

    /// Writes the network incident of `draft` with its new members in one transaction.
    async fn put_members(
        &self,
        draft: &Draft,
        members: &[Versioned<Incident>],
        cause: Option<&CommonCause>,
        now: Timestamp,
    ) -> Result<(), WriteError> {
        let values: Vec<_> = members.iter().map(|member| member.value.clone()).collect();
        let (mut parent, steps) = draft.step.incident.joined_by(&values, cause, now);
        parent.entries.splice(0..0, draft.step.entries.iter().cloned());
        let is_new = draft.version == 0;
        let mut transaction = self.transaction().incident(&parent, draft.version, !is_new)?;
        if is_new {
            if let Some(network) = parent.incident.network_cause() {
                let of = IncidentsOf::Network(&network.shared);
                transaction = transaction.latest_incident(of, parent.incident.id, draft.latest)?;
            }
            transaction = transaction.network_event(&parent.incident, now)?;
        }
        for (member, step) in members.iter().zip(&steps) {
            transaction = transaction.incident(step, member.version, true)?.member(parent.incident.id, step)?;
        }
        transaction.commit().await
    }

    /// Ends the network incident `id` at `now` if none of its members is active, and applies what follows from the time.
    /// Returns it. Four read units, and one for each 4 KB of members if it ends; four write units for each member that ended
    /// since it was settled last.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; when the table does not answer.
    pub async fn settle_network_incident(&self, id: IncidentId, now: Timestamp) -> Result<Incident, StoreError> {
        for _ in 0..ATTEMPTS {
            // It is read before its members. Whoever lets one be active after that writes it.
            let old = self.incident(id).await?;
            if !old.value.is_active() || old.value.kind() != IncidentKind::Network {
                return Ok(old.value);
            }
            let step = if self.active_members(id).await?.is_empty() {
                old.value.settled(self.last_end(id).await?.unwrap_or(now), now)
            } else {
                old.value.at(now)
            };
            if step.entries.is_empty() {
                return Ok(step.incident);
            }
            let transaction = self.transaction().incident(&step, old.version, true)?;
            match transaction.end_of_network_incident(&step, true, now)?.commit().await {
                Ok(()) => return Ok(step.incident),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Does what is due for the network incident `id` at `now`: ends it after its last member. If it is over, because a person
    /// ended it, its active members become incidents of their own, and it leaves the lists of active ones.
    ///
    /// # Errors
    /// When the table does not answer. What was released stays so.
    pub async fn tend_network_incident(&self, id: IncidentId, now: Timestamp) -> Result<(), StoreError> {
        let incident = self.settle_network_incident(id, now).await?;
        let Some(network) = incident.network_cause().filter(|_| !incident.is_active()) else { return Ok(()) };
        loop {
            let members = self.active_members(id).await?;
            if members.is_empty() {
                return self.unlist(IncidentsOf::Network(&network.shared), id).await;
            }
            let released = members.iter().map(|(member, item)| self.release_member(id, *member, item, now));
            stream::iter(released).buffer_unordered(CONCURRENCY).try_collect::<Vec<()>>().await?;
        }
    }

    /// Makes the active member `id` of the network incident `parent` an incident of its own.
    async fn release_member(
        &self,
        parent: IncidentId,
        id: IncidentId,
        member: &Member,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for _ in 0..ATTEMPTS {
            let mut transaction = self.transaction().delete(keys::member(parent, true, id), None)?;
            if let Some(item) = self.table.get(member.key(id)).await? {
                let Versioned { value, version } = read(&item)?;
                if value.network_parent() == Some(parent) {
                    transaction = transaction.incident(&value.released(true, now), version, value.is_active())?;
                }
            }
            match transaction.commit().await {
                Ok(()) => return Ok(()),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended)
    }
}

impl Transaction<'_> {
    /// Adds the event of the end of a network incident, if `step` ends one.
    pub(super) fn end_of_network_incident(
        self,
        step: &Step,
        was_active: bool,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        if was_active && !step.incident.is_active() { self.network_event(&step.incident, now) } else { Ok(self) }
    }

    /// Adds the event that the network incident was opened, or is over. None for an incident of a chatbot.
    fn network_event(self, incident: &Incident, at: Timestamp) -> Result<Self, StoreError> {
        let Some(cause) = incident.network_cause().filter(|_| incident.kind() == IncidentKind::Network) else {
            return Ok(self);
        };
        let (is_active, cause, incident) = (incident.is_active(), cause.clone(), incident.id);
        let (suffix, kind) = if is_active {
            ("opened", EventKind::NetworkIncidentOpened { incident, cause })
        } else {
            ("resolved", EventKind::NetworkIncidentResolved { incident, cause })
        };
        let event = Event { id: format!("{incident}-{suffix}"), at, quiet: false, kind };
        self.event(EventSubject::NetworkIncident(incident), &event)
    }
}
