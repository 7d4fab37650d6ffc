//! `GET /chatbots/{name}/health`: a chatbot's health, and why it is or is not routed.

use centops_api::{Reply, caller, reply, serve};
use centops_domain::{caller::Role, view::HealthView};
use centops_store::Store;
use jiff::Timestamp;
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { get(store, &request).await }).await
}

async fn get(store: &Store, request: &Request) -> Reply {
    let (person, chatbot) = caller::readable_chatbot(store, request).await?;
    let name = chatbot.value.name;
    let (health, policies) = tokio::try_join!(store.health(&name), store.policy())?;
    let view = HealthView::new(name.clone(), &health.value, policies.value.of(&name), Timestamp::now());
    Ok(reply::json(StatusCode::OK, &if person.has(&Role::STAFF) { view } else { view.without_persons() }))
}
