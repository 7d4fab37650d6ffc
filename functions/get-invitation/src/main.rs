//! `GET /invitations/{id}`: one invitation and what came of it, for staff and for the person who applied.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::{
    caller::Role,
    invitation::view::{InvitationView, Reader},
};
use centops_store::{Store, StoreError, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { get(store, &act, &request).await }).await
}

async fn get(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    let person = caller::anybody(request)?;
    let staff = person.has(&Role::STAFF);
    let invitation = match store.invitation(&request::path(request, "id")?, act.now).await {
        Ok(invitation) => invitation,
        Err(StoreError::NotFound) if staff => return Err(Problem::not_found("There is no invitation of that id.")),
        // Who is not staff does not learn which ids there are.
        Err(StoreError::NotFound) => return Err(foreign()),
        Err(error) => return Err(error.into()),
    };
    let applied = invitation.value.application().is_some_and(|application| application.by == person.subject);
    let reader = match (staff, applied) {
        (true, _) => Reader::Staff,
        (false, true) => Reader::Applicant,
        (false, false) => return Err(foreign()),
    };
    let view = InvitationView::new(&invitation.value, reader, act.now);
    Ok(reply::versioned(StatusCode::OK, invitation.version, &view))
}

fn foreign() -> Problem {
    Problem::forbidden("An invitation is shown to staff and to the person who applied with it.")
}
