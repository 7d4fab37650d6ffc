//! `GET /admin/institutions`: all institutions, by id.

use centops_api::{Reply, caller, reply, serve};
use centops_domain::{caller::Role, institution::Institution};
use centops_store::Store;
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { list(store, &request).await }).await
}

async fn list(store: &Store, request: &Request) -> Reply {
    let person = caller::person(request, &Role::ALL)?;
    let all = store.institutions().await?;
    let listed: Vec<Institution> = all.into_iter().filter(|one| person.reaches(&one.id)).collect();
    Ok(reply::json(StatusCode::OK, &listed))
}
