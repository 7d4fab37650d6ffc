//! The approval of an application.

use centops_domain::{
    chatbots::Chatbot,
    credentials::{Certificate, IssuedCertificate},
    health::Network,
    onboarding::{DeliveredCertificate, Invitation, Transition, TransitionError},
};

use super::steps::InvitationError;
use crate::{
    ATTEMPTS, Store, StoreError, Versioned,
    audit::AuditContext,
    chatbots::add_enrolment,
    commit::Plan,
    table::{WriteError, first_version},
};

/// The position of the invitation in the transaction of an approval.
const INVITATION: usize = 0;
/// The position of the chatbot: after the invitation, its event and the entry of the applicant.
const CHATBOT: usize = 3;

impl Store {
    /// Approves the application of `read` with the certificate `issued`; `by` is the person who decides. Enrols the
    /// chatbot as Unknown and stores the certificate in the same transaction.
    ///
    /// # Errors
    /// [`StoreError::Changed`] if `read` is not what is stored any more; [`InvitationError::NameTaken`];
    /// [`InvitationError::NotAllowed`].
    pub async fn approve_application(
        &self,
        audit: &AuditContext<'_>,
        read: &Versioned<Invitation>,
        issued: &IssuedCertificate,
        by: &str,
    ) -> Result<Versioned<Invitation>, InvitationError> {
        let mut value = read.value.clone();
        if value.approve(DeliveredCertificate::from(issued), by.to_owned(), audit.now)? == Transition::Repeated {
            return Ok(read.clone());
        }
        let next = Versioned { value, version: read.version + 1 };
        let chatbot = Chatbot::enrol(next.value.chatbot().ok_or(TransitionError::NotSubmitted)?, audit.now);
        let new = Versioned { version: first_version(chatbot.created_at), value: chatbot };
        for _ in 0..ATTEMPTS {
            let institution = match self.check_enrolment(&new.value).await {
                Err(StoreError::Exists) => return Err(InvitationError::NameTaken),
                other => other?,
            };
            let plan = |network: &mut Network| {
                let step = self.invitation_step(Some(read), &next)?;
                let transaction = add_enrolment(step, &new, institution.as_ref(), network)?
                    .certificate(&Certificate::new(issued, new.value.created_at, audit.now))?
                    .audit_step(audit, Some(read), &next)?;
                Ok(Plan { transaction, route: None, outcome: () })
            };
            match self.commit(audit.now, plan).await {
                Ok(()) => return Ok(next),
                Err(WriteError::Condition { position: INVITATION, .. }) => return Err(StoreError::Changed.into()),
                Err(WriteError::Condition { position: CHATBOT, .. }) => return Err(InvitationError::NameTaken),
                Err(error) => error.retryable()?,
            }
        }
        Err(StoreError::Contended.into())
    }
}
