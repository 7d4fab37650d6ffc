//! `PUT /invitations/{id}/application`: the holder of an invitation's code applies with a chatbot.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    audit::Subject,
    callers::Person,
    chatbots::AllowedNetworks,
    onboarding::{Application, InvitationView, NewApplication, Proposal, Reader, TransitionError},
};
use centops_egress::filter;
use centops_store::{Store, StoreError, onboarding::InvitationError};

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
        let chatbot = Proposal::from(chatbot);
        filter::check(&chatbot.uri, networks).await.map_err(|error| Problem::invalid("#/chatbot/uri", error))?;
        centops_certificates::check_csr(csr.as_str()).map_err(|error| Problem::invalid("#/csr", error))?;
        let application = Application { chatbot, csr, by: caller.subject };
        let refusal = match store.submit_application(&audit, &id, &code.hash(), &application).await {
            Ok(applied) => {
                let view = InvitationView::new(&applied.value, Reader::Applicant, audit.now);
                return Ok(reply::versioned(StatusCode::OK, applied.version, &view));
            }
            Err(InvitationError::NameTaken) => {
                return Err(Problem::exists("The chatbot's name is taken: apply with another one."));
            }
            Err(InvitationError::Store(StoreError::NotFound)) => "there is no such invitation".to_owned(),
            Err(InvitationError::NotAllowed(refused @ (TransitionError::WrongCode | TransitionError::Closed(_)))) => {
                refused.to_string()
            }
            Err(InvitationError::NotAllowed(refused)) => return Err(Problem::internal(refused)),
            Err(InvitationError::Store(error)) => return Err(error.into()),
        };
        // The audit record has the reason, the caller does not learn it: a wrong code, a wrong id and an invitation
        // that was used or has ended get the same answer. The last wrong code withdraws the invitation; that write
        // has the audit record before this one.
        let refusal = format!("Invitation {id}: {refusal}.");
        if let Err(error) = audit.part(1).write_refusal(Subject::default(), &refusal).await {
            tracing::error!(%error, %id, "refusal not written to the audit table id={id}");
        }
        Err(Problem::not_found("There is no invitation of that id and code that can be used."))
    }
}
