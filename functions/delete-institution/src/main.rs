//! `DELETE /admin/institutions/{institution}`: removes an institution that no participant names.

use centops_api::{Reply, caller, etag, reply, request, serve};
use centops_domain::{caller::Role, name::Name};
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { delete(store, &act, &request).await }).await
}

async fn delete(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let id: Name = request::path(request, "institution")?;
    let expected = etag::if_match(request.headers())?;
    store.delete_institution(act, &id, expected).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
