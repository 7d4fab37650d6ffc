//! `PUT /invitations/{id}/application`: the bearer of an invitation's code applies with a chatbot.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::{
    address::AllowedNetworks,
    audit::Subject,
    invitation::{
        Application, NewApplication, Refused,
        view::{InvitationView, Reader},
    },
};
use centops_egress::reach;
use centops_store::{Store, StoreError, audit::Act, invitations::StepError};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    let allowed = &AllowedNetworks::parse(&centops_api::startup::variable("PROBE_NETWORKS")?)?;
    let apply = |request, act| async move { apply(store, allowed, &act, &request).await };
    serve(env!("CARGO_PKG_NAME"), audit, apply).await
}

async fn apply(store: &Store, allowed: &AllowedNetworks, act: &Act<'_>, request: &Request) -> Reply {
    let person = caller::anybody(request)?;
    let id = request::path(request, "id")?;
    let NewApplication { code, chatbot, csr } = request::body(request)?;
    reach::check(&chatbot.uri, allowed).await.map_err(|why| Problem::invalid("#/chatbot/uri", why))?;
    centops_certificates::check(csr.as_str()).map_err(|error| Problem::invalid("#/csr", error))?;
    let application = Application { chatbot, csr, by: person.subject };
    let refused = match store.apply(act, &id, &code.hash(), &application).await {
        Ok(applied) => {
            let view = InvitationView::new(&applied.value, Reader::Applicant, act.now);
            return Ok(reply::versioned(StatusCode::OK, applied.version, &view));
        }
        Err(StepError::NameTaken) => {
            return Err(Problem::exists("The chatbot's name is taken: apply with another one."));
        }
        Err(StepError::Store(StoreError::NotFound)) => "there is no such invitation".to_owned(),
        Err(StepError::Refused(refused @ (Refused::WrongCode | Refused::Closed(_)))) => refused.to_string(),
        Err(StepError::Refused(refused)) => return Err(Problem::internal(refused)),
        Err(StepError::Store(error)) => return Err(error.into()),
    };
    // The trail knows why. Who asks learns nothing: a wrong code, a wrong id and an invitation that was used or
    // has ended all look the same. The withdrawal that follows the last wrong code has the record before this.
    let refused = format!("Invitation {id}: {refused}.");
    if let Err(error) = act.part(1).refused(Subject::default(), &refused).await {
        tracing::error!(%error, "a refusal is not in the audit trail");
    }
    Err(Problem::not_found("There is no invitation of that id and code that can be used."))
}
