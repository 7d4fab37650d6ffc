//! `GET /chatbots/{name}/health`: a chatbot's health, and why it is or is not routed.

use centops_domain::{caller::Role, view::HealthView};
use centops_http::{Reply, caller, reply, serve};
use centops_store::Store;
use jiff::Timestamp;
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let store = &centops_startup::store().await?;
    serve(|request| async move { get(store, &request).await }).await
}

async fn get(store: &Store, request: &Request) -> Reply {
    let name = caller::readable_chatbot(store, request).await?.value.name;
    let (health, policies) = (store.health(&name).await?.value, store.policy().await?.value);
    let view = HealthView::new(name.clone(), &health, policies.of(&name), Timestamp::now());
    let knows_persons = caller::person(request, &[Role::Admin, Role::Operator, Role::Viewer]).is_ok();
    Ok(reply::json(StatusCode::OK, &if knows_persons { view } else { view.without_persons() }))
}
