//! `PATCH /subscriptions/{subscription}`: changes, pauses or resumes a subscription.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, notifications::SubscriptionChange};
use centops_store::notifications::StoredSubscription;

use crate::{access, create_subscription::present, problems, wake::Waking};

/// The operation.
#[derive(Debug)]
pub struct UpdateSubscription;

impl Operation for UpdateSubscription {
    const CONTRACT: contract::Operation = operations::UPDATE_SUBSCRIPTION;
    type Caller = Person;
    type Body = Json<SubscriptionChange>;
    type State = Waking;

    async fn call(state: &Waking, call: Call<'_, Self>) -> Reply {
        let (store, now, Json(change)) = (&state.store, call.now(), &call.body);
        if change.is_empty() {
            return Err(Problem::invalid("#", "a change names at least one field"));
        }
        let found = access::find(&call, store).await?.value.subscription;
        let names = change.chatbots.as_ref().and_then(|chosen| chosen.names());
        let present = present(store, names).await?;
        let coverage = change.coverage(found.coverage.institution(), |name| present.get(name).cloned());
        let coverage = coverage.map_err(|error| Problem::invalid("#/chatbots", error))?;
        let change =
            |old: &StoredSubscription| Ok(old.with(old.subscription.changed(change, coverage.clone(), now)?));
        let changed = store.change_subscriber(&call.audit, found.id, call.if_match(), change).await;
        let changed = changed.map_err(problems::of_change)?;
        if call.body.0.paused != Some(true) {
            // What waits is looked at again. It is repeated with the request: the first one may have stopped before.
            state.wake(found.id, store.schedule_by(found.id, now).await?, now).await;
        }
        Ok(reply::versioned(StatusCode::OK, changed.version, &changed.value.subscription.view(now)))
    }
}
