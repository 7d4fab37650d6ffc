//! `PUT /policy`: another policy for the health engine. Functions follow it within half a minute.

use centops_api::{Reply, caller, etag, reply, request, serve};
use centops_domain::{caller::Role, policy::PolicyDocument};
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { put(store, &act, &request).await }).await
}

async fn put(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin, Role::Operator])?;
    let policy: PolicyDocument = request::body(request)?;
    let expected = etag::if_match(request.headers())?;
    let version = store.put_policy(act, &policy, expected).await?;
    Ok(reply::versioned(StatusCode::OK, version, &policy))
}
