//! `POST /policy/dry-run`: what a proposed policy would have done with what is in the windows now. Nothing
//! changes.

use centops_api::{Reply, caller, cursor, reply, request, serve};
use centops_domain::{
    caller::Role,
    name::Name,
    policy::PolicyDocument,
    replay::{Trip, replay},
};
use centops_store::{Store, StoreError, chatbots::Filter};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use lambda_http::{Error, Request, http::StatusCode};
use serde::Serialize;

const LARGEST_PAGE: u16 = 50;
/// How many healths are read at once.
const AT_ONCE: usize = 16;

#[derive(Serialize)]
struct DryRun {
    results: Vec<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// When each policy would have taken one chatbot out.
#[derive(Serialize)]
struct Outcome {
    chatbot: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<Trip>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed: Option<Trip>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { dry_run(store, &request).await }).await
}

async fn dry_run(store: &Store, request: &Request) -> Reply {
    caller::person(request, &Role::STAFF)?;
    let limit = request::limit(request, LARGEST_PAGE, LARGEST_PAGE)?;
    let after = cursor::asked(request)?;
    let proposed: PolicyDocument = request::body(request)?;
    let current = store.policy().await?.value;
    let page = store.chatbots(&Filter::default(), after.as_ref(), limit.into()).await?;
    let now = Timestamp::now();
    let outcomes = stream::iter(page.chatbots).map(|chatbot| outcome(store, chatbot.name, &current, &proposed, now));
    let results: Vec<_> = outcomes.buffered(AT_ONCE).try_collect().await?;
    let next = page.next.as_ref().map(cursor::after);
    Ok(reply::json(StatusCode::OK, &DryRun { results: results.into_iter().flatten().collect(), next }))
}

/// None for a chatbot that was removed meanwhile.
async fn outcome(
    store: &Store,
    chatbot: Name,
    current: &PolicyDocument,
    proposed: &PolicyDocument,
    now: Timestamp,
) -> Result<Option<Outcome>, StoreError> {
    let health = match store.health(&chatbot).await {
        Ok(health) => health.value,
        Err(StoreError::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let run = |policy: &PolicyDocument| replay(&health, policy.of(&chatbot), now);
    let (current, proposed) = (run(current), run(proposed));
    Ok(Some(Outcome { chatbot, current, proposed }))
}
