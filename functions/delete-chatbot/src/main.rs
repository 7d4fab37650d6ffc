//! `DELETE /chatbots/{name}`: removes a chatbot, its route and its counters.

use centops_domain::caller::Role;
use centops_http::{Reply, caller, etag, reply, request, serve};
use centops_store::Store;
use jiff::Timestamp;
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let store = &centops_startup::store().await?;
    serve(|request| async move { delete(store, &request).await }).await
}

async fn delete(store: &Store, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let name = request::name(request)?;
    let expected = etag::if_match(request.headers())?;
    let policies = store.policy().await?.value;
    store.delete_chatbot(&name, expected, &policies, Timestamp::now()).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
