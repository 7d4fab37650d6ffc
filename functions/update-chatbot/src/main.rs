//! `PATCH /chatbots/{name}`: changes some fields of a chatbot, and its route where that follows.

use centops_domain::{caller::Role, chatbot::ChatbotChange};
use centops_http::{Problem, Reply, caller, etag, reply, request, serve};
use centops_store::Store;
use jiff::Timestamp;
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let store = &centops_startup::store().await?;
    serve(|request| async move { update(store, &request).await }).await
}

async fn update(store: &Store, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin, Role::Operator])?;
    let name = request::name(request)?;
    let change: ChatbotChange = request::body(request)?;
    if change.is_empty() {
        return Err(Problem::invalid("#", "a change names at least one field"));
    }
    let expected = etag::if_match(request.headers())?;
    let changed = store.update_chatbot(&name, expected, &change, Timestamp::now()).await?;
    Ok(reply::versioned(StatusCode::OK, changed.version, &changed.value))
}
