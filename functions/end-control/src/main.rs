//! `DELETE /chatbots/{name}/control`: a chatbot's status follows what is seen again.

use centops_api::{Reply, caller, reply, request, serve};
use centops_domain::caller::Role;
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { end(store, &act, &request).await }).await
}

async fn end(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin, Role::Operator])?;
    let policies = store.policy().await?.value;
    store.control(act, &request::name(request)?, None, &policies).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
