//! `GET /updates`: what is newer than what the calling chatbot runs.

use centops_api::{Reply, caller, reply, serve};
use centops_domain::release::{Update, updates};
use centops_store::Store;
use lambda_http::{Error, Request, http::StatusCode};
use serde::Serialize;

#[derive(Serialize)]
struct Updates {
    updates: Vec<Update>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { get(store, &request).await }).await
}

async fn get(store: &Store, request: &Request) -> Reply {
    let name = caller::chatbot(request)?;
    let (chatbot, releases) = tokio::try_join!(store.chatbot(&name), store.releases())?;
    Ok(reply::json(StatusCode::OK, &Updates { updates: updates(&chatbot.value.versions, &releases) }))
}
