//! `GET /policy`: the policy that the health engine goes by.

use centops_api::{Reply, caller, etag, reply, serve};
use centops_domain::caller::Role;
use centops_store::Store;
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { get(store, &request).await }).await
}

async fn get(store: &Store, request: &Request) -> Reply {
    caller::person(request, &Role::STAFF)?;
    let policy = store.policy().await?;
    if etag::is_known(request.headers(), policy.version) {
        return Ok(reply::not_modified(policy.version));
    }
    Ok(reply::versioned(StatusCode::OK, policy.version, &policy.value))
}
