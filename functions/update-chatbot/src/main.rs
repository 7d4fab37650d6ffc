//! `PATCH /chatbots/{name}`: changes some fields of a chatbot, and its route where that follows.

use centops_api::{Problem, Reply, caller, etag, reply, request, serve};
use centops_domain::{address::AllowedNetworks, caller::Role, chatbot::ChatbotChange};
use centops_egress::reach;
use centops_participants::admin;
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    let allowed = &AllowedNetworks::parse(&centops_api::startup::variable("PROBE_NETWORKS")?)?;
    let update = |request, act| async move { update(store, allowed, &act, &request).await };
    serve(env!("CARGO_PKG_NAME"), audit, update).await
}

async fn update(store: &Store, allowed: &AllowedNetworks, act: &Act<'_>, request: &Request) -> Reply {
    if admin::asked(request) {
        return admin::update(store, allowed, act, request).await;
    }
    caller::person(request, &[Role::Admin, Role::Operator])?;
    let name = request::name(request)?;
    let change: ChatbotChange = request::body(request)?;
    if change.is_empty() {
        return Err(Problem::invalid("#", "a change names at least one field"));
    }
    let expected = etag::if_match(request.headers())?;
    if let Some(uri) = &change.uri {
        reach::check(uri, allowed).await.map_err(|why| Problem::invalid("#/uri", why))?;
    }
    let changed = store.update_chatbot(act, &name, expected, &change).await?;
    Ok(reply::versioned(StatusCode::OK, changed.version, &changed.value))
}
