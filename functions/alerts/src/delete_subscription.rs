//! `DELETE /subscriptions/{subscription}`: ends a subscription.

use centops_api::{Call, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, notifications::EndedBy};
use centops_store::{IfMatch, notifications::StoredSubscription};

use crate::{access, confirmations::Confirmations, problems};

/// The operation.
#[derive(Debug)]
pub struct DeleteSubscription;

impl Operation for DeleteSubscription {
    const CONTRACT: contract::Operation = operations::DELETE_SUBSCRIPTION;
    type Caller = Person;
    type Body = NoBody;
    type State = Confirmations;

    async fn call(confirmations: &Confirmations, call: Call<'_, Self>) -> Reply {
        let id = access::find(&call, &confirmations.store).await?.value.subscription.id;
        let (store, audit) = (&confirmations.store, &call.audit);
        let end = |old: &StoredSubscription| Ok(old.ended(EndedBy::Owner, audit.now));
        let stored = store.change_subscriber(audit, id, call.if_match(), end).await.map_err(problems::of_change)?;
        // The topic ends after the subscription. A repetition deletes one that an earlier request left.
        if let Some(topic) = stored.value.topic {
            confirmations.topics.end(&topic).await.map_err(Problem::unavailable)?;
            let forget = |old: &StoredSubscription| Ok(old.without_topic(&topic));
            let forgotten = store.change_subscriber(&audit.part(1), id, IfMatch::Any, forget).await;
            forgotten.map_err(problems::of_change)?;
        }
        Ok(reply::empty(StatusCode::NO_CONTENT))
    }
}
