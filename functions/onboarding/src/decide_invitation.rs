//! `PUT /invitations/{id}/decision`: approves an application, which enrols its chatbot and issues its certificate, or
//! rejects it.

use aws_sdk_secretsmanager::Client;
use centops_api::{Call, FromSetup, Json, Operation, Problem, Reply, Setup, StartError, StatusCode, random, reply};
use centops_certificates::{InvalidCsr, secret::AuthoritySecret};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    credentials::{IssuedCertificate, Profile, ValidityDays},
    onboarding::{
        Application, Decision, InvalidDecision, Invitation, InvitationId, InvitationView, NewDecision, Reader,
        Transition,
    },
};
use centops_store::{IfMatch, Store, StoreError, Versioned, audit::AuditContext, onboarding::InvitationError};

/// The operation.
#[derive(Debug)]
pub struct DecideInvitation {
    store: Store,
    secret: AuthoritySecret,
}

impl FromSetup for DecideInvitation {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let store = setup.store().await?;
        let secret = AuthoritySecret::new(Client::new(setup.config()), setup.variable("AUTHORITY_SECRET_ARN")?);
        Ok(Self { store, secret })
    }
}

impl Operation for DecideInvitation {
    const CONTRACT: contract::Operation = operations::DECIDE_INVITATION;
    type Caller = Person;
    type Body = Json<NewDecision>;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let (id, expected) = (call.path("id")?, call.if_match());
        let Call { caller, body: Json(new), audit, .. } = call;
        let decision = Decision::try_from(new).map_err(|error| match error {
            InvalidDecision::NoReason | InvalidDecision::Reason => Problem::invalid("#/reason", error),
            InvalidDecision::Days => Problem::invalid("#/days", error),
        })?;
        let decided = match decision {
            Decision::Approve(days) => state.approve(&audit, &id, &expected, days, &caller.subject).await?,
            Decision::Reject(reason) => {
                state.store.reject_invitation(&audit, &id, expected, &reason, &caller.subject).await.map_err(problem)?
            }
        };
        let view = InvitationView::new(&decided.value, Reader::Staff, audit.now);
        Ok(reply::versioned(StatusCode::OK, decided.version, &view))
    }
}

impl DecideInvitation {
    async fn approve(
        &self,
        audit: &AuditContext<'_>,
        id: &InvitationId,
        expected: &IfMatch,
        days: ValidityDays,
        by: &str,
    ) -> Result<Versioned<Invitation>, Problem> {
        loop {
            let read = self.store.invitation(id, audit.now).await.map_err(|error| problem(error.into()))?;
            if read.value.check_approval(audit.now).map_err(|refused| problem(refused.into()))? == Transition::Repeated
            {
                return Ok(read);
            }
            if !expected.accepts(read.version) {
                return Err(Problem::precondition_failed());
            }
            let application =
                read.value.application().ok_or_else(|| Problem::internal("an approval without an application"))?;
            let issued = self.issue(audit, application, days).await?;
            match self.store.approve_application(audit, &read, &issued, by).await {
                // Another request decided in between. A decision is the last step, so the next round ends the loop.
                Err(InvitationError::Store(StoreError::Changed)) => {}
                approved => return approved.map_err(problem),
            }
        }
    }

    /// Signs the certificate of `application`. It is refused everywhere until it is recorded.
    async fn issue(
        &self,
        audit: &AuditContext<'_>,
        application: &Application,
        days: ValidityDays,
    ) -> Result<IssuedCertificate, Problem> {
        let serial = random::bytes()?;
        let authority = self.secret.authority(audit.now).await.map_err(Problem::unavailable)?;
        let (csr, name) = (&application.csr, &application.chatbot.name);
        authority.issue(csr, Profile::Chatbot, name, days.get(), serial, audit.now).map_err(|error| match error {
            InvalidCsr::SigningFailed(_) => Problem::internal(error),
            // The request was valid when it was submitted: the rules have changed since.
            _ => Problem::conflict(&format!("The certificate request can no longer be signed: {error}.")),
        })
    }
}

fn problem(error: InvitationError) -> Problem {
    match error {
        InvitationError::NotAllowed(refused) => Problem::conflict(&format!("This cannot be decided: {refused}.")),
        InvitationError::NameTaken => {
            Problem::exists("The chatbot's name was taken meanwhile: reject the application, or free the name.")
        }
        InvitationError::Store(StoreError::NotFound) => Problem::not_found("There is no invitation of that id."),
        InvitationError::Store(error) => error.into(),
    }
}
