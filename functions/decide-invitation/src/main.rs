//! `PUT /invitations/{id}/decision`: an administrator approves an application, which enrols its chatbot and
//! hands out its certificate, or rejects it.

use aws_sdk_secretsmanager::Client;
use centops_api::{Problem, Reply, caller, etag, reply, request, serve};
use centops_certificates::{InvalidCsr, secret::AuthoritySecret};
use centops_domain::{
    caller::Role,
    certificate::{Days, Issued, Profile},
    invitation::{
        Application, Decision, InvalidDecision, Invitation, InvitationId, NewDecision, Progress,
        view::{InvitationView, Reader},
    },
};
use centops_store::{Store, StoreError, Versioned, audit::Act, invitations::StepError};
use lambda_http::{Error, Request, http::StatusCode};

struct Decider<'a> {
    store: &'a Store,
    secret: AuthoritySecret,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    let client = Client::new(&centops_api::startup::config()?);
    let decider = &Decider {
        store,
        secret: AuthoritySecret::new(client, centops_api::startup::variable("AUTHORITY_SECRET_ARN")?),
    };
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { decider.decide(&act, &request).await }).await
}

impl Decider<'_> {
    async fn decide(&self, act: &Act<'_>, request: &Request) -> Reply {
        let person = caller::person(request, &[Role::Admin])?;
        let id = request::path(request, "id")?;
        let new: NewDecision = request::body(request)?;
        let decision = Decision::try_from(new).map_err(|error| match error {
            InvalidDecision::NoReason | InvalidDecision::Reason => Problem::invalid("#/reason", error),
            InvalidDecision::Days => Problem::invalid("#/days", error),
        })?;
        let expected = etag::if_match(request.headers())?;
        let decided = match decision {
            Decision::Approve(days) => self.approve(act, &id, expected, days, &person.subject).await?,
            Decision::Reject(reason) => {
                self.store.reject(act, &id, expected, &reason, &person.subject).await.map_err(problem)?
            }
        };
        let view = InvitationView::new(&decided.value, Reader::Staff, act.now);
        Ok(reply::versioned(StatusCode::OK, decided.version, &view))
    }

    async fn approve(
        &self,
        act: &Act<'_>,
        id: &InvitationId,
        expected: Option<i64>,
        days: Days,
        by: &str,
    ) -> Result<Versioned<Invitation>, Problem> {
        loop {
            let read = self.store.invitation(id, act.now).await.map_err(|error| problem(error.into()))?;
            if read.value.approval(act.now).map_err(|refused| problem(refused.into()))? == Progress::Again {
                return Ok(read);
            }
            if expected.is_some_and(|expected| expected != read.version) {
                return Err(Problem::precondition_failed());
            }
            let application =
                read.value.application().ok_or_else(|| Problem::internal("an approval without an application"))?;
            let issued = self.issue(act, application, days).await?;
            match self.store.approve(act, &read, &issued, by).await {
                // Another decided meanwhile. That was the last step, so the next round is the last too.
                Err(StepError::Store(StoreError::Changed)) => {}
                approved => return approved.map_err(problem),
            }
        }
    }

    /// Signs the certificate of `application`. It counts for nothing until it is recorded.
    async fn issue(&self, act: &Act<'_>, application: &Application, days: Days) -> Result<Issued, Problem> {
        let mut serial = [0; 16];
        getrandom::fill(&mut serial).map_err(Problem::internal)?;
        let authority = self.secret.authority(act.now).await.map_err(Problem::unavailable)?;
        let (csr, name) = (application.csr.as_str(), &application.chatbot.name);
        authority.issue(csr, Profile::Chatbot, name, days.get(), serial, act.now).map_err(|error| match error {
            InvalidCsr::Unsigned(_) => Problem::internal(error),
            // It was good when it came: what is signed for has changed since.
            _ => Problem::conflict(&format!("The certificate request is not signed for any more: {error}.")),
        })
    }
}

fn problem(error: StepError) -> Problem {
    match error {
        StepError::Refused(refused) => Problem::conflict(&format!("This cannot be decided: {refused}.")),
        StepError::NameTaken => {
            Problem::exists("The chatbot's name was taken meanwhile: reject the application, or free the name.")
        }
        StepError::Store(StoreError::NotFound) => Problem::not_found("There is no invitation of that id."),
        StepError::Store(error) => error.into(),
    }
}
