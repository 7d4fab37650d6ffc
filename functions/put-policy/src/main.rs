//! `PUT /policy`: another policy for the health engine. Functions follow it within half a minute.

use centops_domain::{caller::Role, policy::PolicyDocument};
use centops_http::{Reply, caller, etag, reply, request, serve};
use centops_store::Store;
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let store = &centops_startup::store().await?;
    serve(|request| async move { put(store, &request).await }).await
}

async fn put(store: &Store, request: &Request) -> Reply {
    let person = caller::person(request, &[Role::Admin, Role::Operator])?;
    let policy: PolicyDocument = request::body(request)?;
    let expected = etag::if_match(request.headers())?;
    let version = store.put_policy(&policy, expected).await?;
    tracing::info!(version, by = person.subject, "another policy");
    Ok(reply::versioned(StatusCode::OK, version, &policy))
}
