//! `POST /policy/dry-run`: returns what a proposed policy would have done with the observations in the windows.
//! Nothing changes.

use centops_api::{Call, Json, Operation, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    chatbots::Name,
    health::{PolicyDocument, ProposedPolicy, Trip, replay},
};
use centops_store::{Store, StoreError, chatbots::ChatbotFilter};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;

const CONCURRENT_READS: usize = 16;

/// The times at which each policy would have taken one chatbot out of routing.
#[derive(Serialize)]
struct Outcome {
    chatbot: Name,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<Trip>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposed: Option<Trip>,
}

/// The operation.
#[derive(Debug)]
pub struct DryRunPolicy;

impl Operation for DryRunPolicy {
    const CONTRACT: contract::Operation = operations::DRY_RUN_POLICY;
    type Caller = Person;
    type Body = Json<ProposedPolicy>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let RequestedPage { limit, after } = call.page()?;
        let (now, proposed) = (call.now(), call.body.0.document());
        let current = &store.policy().await?.value;
        let page = store.chatbots(&ChatbotFilter::default(), after.as_ref(), limit.into()).await?;
        let outcomes = stream::iter(page.items).map(|chatbot| outcome(store, chatbot.name, current, proposed, now));
        let results: Vec<_> = outcomes.buffered(CONCURRENT_READS).try_collect().await?;
        let results: Vec<_> = results.into_iter().flatten().collect();
        Ok(reply::page("results", &results, page.next.as_ref()))
    }
}

/// Returns `None` for a chatbot that was removed after the page was read.
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
    let run = |policy: &PolicyDocument| replay(&health, policy.for_chatbot(&chatbot), now);
    let (current, proposed) = (run(current), run(proposed));
    Ok(Some(Outcome { chatbot, current, proposed }))
}
