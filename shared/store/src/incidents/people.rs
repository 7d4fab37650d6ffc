//! Commands of people on incidents.

use centops_domain::{
    audit::Subject,
    incidents::{Author, Command, Incident, IncidentId, IncidentKind, IncidentView, Refusal, Step},
};

use crate::{ATTEMPTS, IfMatch, Store, StoreError, Versioned, audit::AuditContext, table::Transaction};

/// Error of a change of an incident.
#[derive(Debug, thiserror::Error)]
pub enum IncidentError {
    /// Its state does not allow the change.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Carries out `command` of `by` on the incident `id`, as it is at the time of the request. `expected` must accept its
    /// version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`] if `expected` does not accept its version; [`Refusal`].
    pub async fn command_incident(
        &self,
        audit: &AuditContext<'_>,
        id: IncidentId,
        expected: impl Into<IfMatch>,
        by: &Author,
        command: &Command,
    ) -> Result<Versioned<Incident>, IncidentError> {
        let expected = expected.into();
        for _ in 0..ATTEMPTS {
            let old = self.incident(id).await?;
            old.check_version(&expected)?;
            let current = self.current(audit, &old, command).await?;
            let step = current.then(command, by, audit.request_id(), audit.now)?;
            if step == Step::of(old.value.clone()) {
                return Ok(old);
            }
            let was_active = old.value.is_active();
            let (step, parent) = self.rejoined(step, was_active, audit.now).await?;
            let transaction = self.transaction().incident(&step, old.version, was_active)?.touch(parent)?;
            let transaction = transaction.end_of_network_incident(&step, was_active, audit.now)?;
            match audited(transaction, audit, &old.value, &step)?.commit().await {
                Ok(()) => return Ok(Versioned { value: step.incident, version: old.version + 1 }),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Returns the incident `old` as it is at the time of the request: after its events and the time. An incident that is
    /// not the latest of its chatbot follows neither, and is not opened again. A network incident has no events.
    async fn current(
        &self,
        audit: &AuditContext<'_>,
        old: &Versioned<Incident>,
        command: &Command,
    ) -> Result<Step, IncidentError> {
        let Some(chatbot) = old.value.chatbot() else { return Ok(old.value.at(audit.now)) };
        let known = self.known(chatbot, None).await?;
        let Some(latest) = known.latest.incident.as_ref().filter(|latest| latest.value.id == old.value.id) else {
            if *command == Command::Reopen {
                let latest = known.latest.incident.map_or(old.value.id, |latest| latest.value.id);
                old.value.check_latest(latest)?;
            }
            return Ok(Step::of(old.value.clone()));
        };
        let of = &latest.value;
        let steps = known.follow(chatbot, None, audit.now);
        Ok(steps.into_iter().find(|step| step.incident.id == of.id).unwrap_or_else(|| Step::of(of.clone())))
    }

    /// Makes the incident `id` a part of the incident `into`. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such incident; [`Refusal::Nested`].
    pub async fn merge_incident(
        &self,
        audit: &AuditContext<'_>,
        id: IncidentId,
        into: IncidentId,
        by: &Author,
    ) -> Result<Versioned<Incident>, IncidentError> {
        for _ in 0..ATTEMPTS {
            let (member, parent) = (self.incident(id).await?, self.incident(into).await?);
            if member.value.parent == Some(into) {
                return Ok(member);
            }
            let steps = member.value.merged(&parent.value, by, audit.request_id(), audit.now)?;
            if let Some(done) = self.put_both(audit, (&member, &parent), &steps).await? {
                return Ok(done);
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Makes the incident `id` one of its own again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if there is no such incident; [`Refusal::NotMerged`].
    pub async fn split_incident(
        &self,
        audit: &AuditContext<'_>,
        id: IncidentId,
        by: &Author,
    ) -> Result<Versioned<Incident>, IncidentError> {
        for _ in 0..ATTEMPTS {
            let member = self.incident(id).await?;
            let parent = self.incident(member.value.parent.ok_or(Refusal::NotMerged)?).await?;
            let steps = member.value.split(&parent.value, by, audit.request_id(), audit.now)?;
            if let Some(done) = self.put_both(audit, (&member, &parent), &steps).await? {
                return Ok(done);
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Writes both `steps`. Returns the first incident; none if either was changed meanwhile.
    async fn put_both(
        &self,
        audit: &AuditContext<'_>,
        (member, parent): (&Versioned<Incident>, &Versioned<Incident>),
        steps: &(Step, Step),
    ) -> Result<Option<Versioned<Incident>>, StoreError> {
        let (is_active, of_parent) = (member.value.is_active(), parent.value.is_active());
        let transaction = self.transaction().incident(&steps.0, member.version, is_active)?;
        let transaction = transaction.incident(&steps.1, parent.version, of_parent)?;
        let transaction = match (parent.value.kind(), steps.0.incident.parent) {
            (IncidentKind::Chatbot, _) => transaction,
            (IncidentKind::Network, Some(parent)) => transaction.member(parent, &steps.0)?,
            (IncidentKind::Network, None) => transaction.no_member(parent.value.id, steps.0.incident.id)?,
        };
        match audited(transaction, audit, &member.value, &steps.0)?.commit().await {
            Ok(()) => Ok(Some(Versioned { value: steps.0.incident.clone(), version: member.version + 1 })),
            Err(error) => error.retryable().map(|()| None),
        }
    }
}

fn audited<'t>(
    transaction: Transaction<'t>,
    audit: &AuditContext<'_>,
    old: &Incident,
    step: &Step,
) -> Result<Transaction<'t>, StoreError> {
    let chatbot = old.chatbot().map(|chatbot| chatbot.name.clone());
    let subject = Subject { chatbot, institution: old.institution().cloned() };
    let (before, after) = (IncidentView::new(old.clone()), IncidentView::new(step.incident.clone()));
    transaction.audit(audit, subject, &before, &after)
}
