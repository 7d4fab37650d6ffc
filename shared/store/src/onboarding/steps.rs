//! The steps of an invitation up to its decision.

use centops_domain::{
    credentials::SecretHash,
    onboarding::{Application, Invitation, InvitationId, Transition, TransitionError},
    text::Reason,
};

use super::item::invitation_item;
use crate::{
    ATTEMPTS, IfMatch, Store, StoreError, Versioned,
    audit::AuditContext,
    keys,
    table::{Condition, WriteError, first_version},
};

/// Error of a step of an invitation.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// The state of the invitation does not allow the step.
    #[error(transparent)]
    NotAllowed(#[from] TransitionError),
    /// The name of the chatbot is taken.
    #[error("the chatbot's name is taken")]
    NameTaken,
    /// Error of the table.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Stores the new `invitation`.
    ///
    /// # Errors
    /// [`StoreError::Exists`] if there is an invitation of its id.
    pub async fn create_invitation(
        &self,
        audit: &AuditContext<'_>,
        invitation: Invitation,
    ) -> Result<Versioned<Invitation>, StoreError> {
        let new = Versioned { version: first_version(invitation.changed_at()), value: invitation };
        let transaction = self.invitation_step(None, &new)?.audit_step(audit, None, &new)?;
        transaction.commit().await.map_err(|error| error.or(StoreError::Exists))?;
        Ok(new)
    }

    /// Checks that the bearer of `code` may submit `application` for the invitation `id`, before anything of the
    /// application is resolved or verified. A wrong code is counted before it is refused. One read unit for each 4 KB.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`InvitationError::NotAllowed`].
    pub async fn check_application(
        &self,
        audit: &AuditContext<'_>,
        id: &InvitationId,
        code: &SecretHash,
        application: &Application,
    ) -> Result<(), InvitationError> {
        for _ in 0..ATTEMPTS {
            let old = self.invitation(id, audit.now).await?;
            let mut next = old.value.clone();
            let Err(refusal) = next.apply(code, application.clone(), audit.now) else { return Ok(()) };
            match self.save_invitation(audit, &old, next).await {
                Ok(_) => return Err(refusal.into()),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Stores `application` for the invitation `id`, from the bearer of `code`. A wrong code is counted before it is
    /// refused.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`InvitationError::NotAllowed`]; [`InvitationError::NameTaken`] if an enrolled chatbot
    /// has the name: then the code can be used again.
    pub async fn submit_application(
        &self,
        audit: &AuditContext<'_>,
        id: &InvitationId,
        code: &SecretHash,
        application: &Application,
    ) -> Result<Versioned<Invitation>, InvitationError> {
        for _ in 0..ATTEMPTS {
            let old = self.invitation(id, audit.now).await?;
            let mut next = old.value.clone();
            let progress = next.apply(code, application.clone(), audit.now);
            if progress == Ok(Transition::Made) {
                let chatbot = keys::chatbot(&application.chatbot.name);
                if self.table.get(chatbot).await?.is_some() {
                    return Err(InvitationError::NameTaken);
                }
            }
            match (self.save_invitation(audit, &old, next).await, progress) {
                (Ok(next), Ok(_)) => return Ok(next),
                (Ok(_), Err(refusal)) => return Err(refusal.into()),
                (Err(error), _) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Rejects the application of the invitation `id` for `reason`, or withdraws the invitation; `by` is the person
    /// who decides. `expected` must accept its version.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Changed`]; [`InvitationError::NotAllowed`].
    pub async fn reject_invitation(
        &self,
        audit: &AuditContext<'_>,
        id: &InvitationId,
        expected: impl Into<IfMatch>,
        reason: &Reason,
        by: &str,
    ) -> Result<Versioned<Invitation>, InvitationError> {
        let reject = |invitation: &mut Invitation| invitation.reject(reason, by.to_owned(), audit.now);
        self.change_invitation(audit, id, &expected.into(), reject).await
    }

    /// Withdraws the invitation `id`, because its e-mail could not be sent.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`InvitationError::NotAllowed`].
    pub async fn withdraw_unsent_invitation(
        &self,
        audit: &AuditContext<'_>,
        id: &InvitationId,
    ) -> Result<Versioned<Invitation>, InvitationError> {
        self.change_invitation(audit, id, &IfMatch::Any, |invitation| invitation.withdraw_unsent(audit.now)).await
    }

    async fn change_invitation(
        &self,
        audit: &AuditContext<'_>,
        id: &InvitationId,
        expected: &IfMatch,
        change: impl Fn(&mut Invitation) -> Result<Transition, TransitionError>,
    ) -> Result<Versioned<Invitation>, InvitationError> {
        for _ in 0..ATTEMPTS {
            let old = self.invitation(id, audit.now).await?;
            let mut next = old.value.clone();
            if change(&mut next)? == Transition::Repeated {
                return Ok(old);
            }
            old.check_version(expected)?;
            match self.save_invitation(audit, &old, next).await {
                Ok(next) => return Ok(next),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }

    /// Replaces `old` by `next`: with its event and its record if it is a step, alone if only a wrong code was counted,
    /// and not at all if nothing changed.
    async fn save_invitation(
        &self,
        audit: &AuditContext<'_>,
        old: &Versioned<Invitation>,
        next: Invitation,
    ) -> Result<Versioned<Invitation>, WriteError> {
        if next == old.value {
            return Ok(old.clone());
        }
        let is_step = next.history().len() > old.value.history().len();
        let next = Versioned { value: next, version: old.version + 1 };
        if is_step {
            let transaction = self.invitation_step(Some(old), &next)?.audit_step(audit, Some(old), &next)?;
            transaction.commit().await?;
        } else {
            // Not idempotent: two concurrent wrong codes write the same count, and one of them has to count again.
            self.table.put(invitation_item(&next)?, Condition::Version(old.version)).await?;
        }
        Ok(next)
    }
}
