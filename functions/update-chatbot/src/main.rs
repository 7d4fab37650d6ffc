//! `PATCH /chatbots/{name}`: changes some fields of a chatbot, and its route where that follows.

use centops_domain::{caller::Role, chatbot::ChatbotChange};
use centops_http::{Problem, Reply, caller, etag, reply, request, serve};
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { update(store, &act, &request).await }).await
}

async fn update(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin, Role::Operator])?;
    let name = request::name(request)?;
    let expected = etag::if_match(request.headers())?;
    let change: ChatbotChange = request::body(request)?;
    if change.is_empty() {
        return Err(Problem::invalid("#", "a change names at least one field"));
    }
    let changed = store.update_chatbot(act, &name, expected, &change).await?;
    Ok(reply::versioned(StatusCode::OK, changed.version, &changed.value))
}
