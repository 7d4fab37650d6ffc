//! `DELETE /chatbots/{name}`: removes a chatbot, its route and its counters.

use centops_api::{Reply, caller, etag, reply, request, serve};
use centops_domain::caller::Role;
use centops_participants::admin;
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { delete(store, &act, &request).await }).await
}

async fn delete(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    if admin::asked(request) {
        return admin::delete(store, act, request).await;
    }
    caller::person(request, &[Role::Admin])?;
    let name = request::name(request)?;
    let expected = etag::if_match(request.headers())?;
    let policies = store.policy().await?.value;
    store.delete_chatbot(act, &name, expected, &policies).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
