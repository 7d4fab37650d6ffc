//! `GET /health`: the network at a glance, in one read.

use centops_api::{Reply, caller, reply, serve};
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
    Ok(reply::json(StatusCode::OK, &store.network().await?.value.view()))
}
