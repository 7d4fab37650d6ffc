//! `PUT /admin/institutions/{institution}`: replaces an institution.

use centops_api::{Problem, Reply, caller, etag, reply, request, serve};
use centops_domain::{
    caller::Role,
    institution::{Institution, NewInstitution},
    name::Name,
};
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { update(store, &act, &request).await }).await
}

async fn update(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let id: Name = request::path(request, "institution")?;
    let new: NewInstitution = request::body(request)?;
    if new.id.as_ref().is_some_and(|named| *named != id) {
        return Err(Problem::invalid("#/id", "an id cannot change"));
    }
    let expected = etag::if_match(request.headers())?;
    let changed = store.update_institution(act, Institution::new(id, new), expected).await?;
    Ok(reply::versioned(StatusCode::OK, changed.version, &changed.value))
}
