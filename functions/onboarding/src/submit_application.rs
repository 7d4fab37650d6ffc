//! `PUT /invitations/{id}/application`: the holder of an invitation's code applies with a chatbot.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    audit::Subject,
    callers::Person,
    chatbots::AllowedNetworks,
    onboarding::{Application, InvitationId, InvitationView, NewApplication, Reader, TransitionError},
};
use centops_egress::filter;
use centops_store::{Store, StoreError, audit::AuditContext, onboarding::InvitationError};

/// The operation.
#[derive(Debug)]
pub struct SubmitApplication;

impl Operation for SubmitApplication {
    const CONTRACT: contract::Operation = operations::SUBMIT_APPLICATION;
    type Caller = Person;
    type Body = Json<NewApplication>;
    type State = (Store, AllowedNetworks);

    async fn call((store, networks): &Self::State, call: Call<'_, Self>) -> Reply {
        let id = call.path("id")?;
        let Call { caller, body: Json(NewApplication { code, chatbot, csr }), audit, .. } = call;
        let (code, application) = (code.hash(), Application { chatbot: chatbot.into(), csr, by: caller.subject });
        // The code comes first: without it nobody has names resolved from our network, or learns what they resolve to.
        if let Err(error) = store.check_application(&audit, &id, &code, &application).await {
            return Err(refuse(&audit, &id, error).await);
        }
        let checked = filter::check(&application.chatbot.uri, networks).await;
        checked.map_err(|error| Problem::invalid("#/chatbot/uri", error))?;
        let checked = centops_certificates::check_csr(&application.csr);
        checked.map_err(|error| Problem::invalid("#/csr", error))?;
        match store.submit_application(&audit, &id, &code, &application).await {
            Ok(applied) => {
                let view = InvitationView::new(&applied.value, Reader::Applicant, audit.now);
                Ok(reply::versioned(StatusCode::OK, applied.version, &view))
            }
            Err(error) => Err(refuse(&audit, &id, error).await),
        }
    }
}

/// Returns the answer for `error`. The audit record has the reason, the caller does not learn it: a wrong code, a wrong
/// id and an invitation that was used or has ended get the same answer. The last wrong code withdraws the invitation;
/// that write has the audit record before this one.
async fn refuse(audit: &AuditContext<'_>, id: &InvitationId, error: InvitationError) -> Problem {
    let refusal = match error {
        InvitationError::NameTaken => {
            return Problem::exists("The chatbot's name is taken: apply with another one.");
        }
        InvitationError::Store(StoreError::NotFound) => "there is no such invitation".to_owned(),
        InvitationError::NotAllowed(refused @ (TransitionError::WrongCode | TransitionError::Closed(_))) => {
            refused.to_string()
        }
        InvitationError::NotAllowed(refused) => return Problem::internal(refused),
        InvitationError::Store(error) => return error.into(),
    };
    let refusal = format!("Invitation {id}: {refusal}.");
    if let Err(error) = audit.part(1).write_refusal(Subject::default(), &refusal).await {
        tracing::error!(%error, %id, "refusal not written to the audit table id={id}");
    }
    Problem::not_found("There is no invitation of that id and code that can be used.")
}

#[cfg(test)]
mod tests;
