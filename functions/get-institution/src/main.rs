//! `GET /admin/institutions/{institution}`: one institution.

use centops_api::{Problem, Reply, caller, etag, reply, request, serve};
use centops_domain::{caller::Role, name::Name};
use centops_store::{Store, StoreError};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { get(store, &request).await }).await
}

async fn get(store: &Store, request: &Request) -> Reply {
    let person = caller::person(request, &Role::ALL)?;
    let id: Name = request::path(request, "institution")?;
    // Before it is looked for: who may not see it does not learn whether it is there.
    if !person.reaches(&id) {
        return Err(Problem::forbidden("The institution is not among yours."));
    }
    let found = store.institution(&id).await.map_err(|error| match error {
        StoreError::NotFound => Problem::not_found("There is no institution of that id."),
        error => error.into(),
    })?;
    if etag::is_known(request.headers(), found.version) {
        return Ok(reply::not_modified(found.version));
    }
    Ok(reply::versioned(StatusCode::OK, found.version, &found.value))
}
