//! `POST /subscriptions/{subscription}/messages/{message}/redelivery`: delivers a message again.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use uuid::Uuid;

use crate::{access, problems, wake::Waking};

/// The operation.
#[derive(Debug)]
pub struct RedeliverMessage;

impl Operation for RedeliverMessage {
    const CONTRACT: contract::Operation = operations::REDELIVER_MESSAGE;
    type Caller = Person;
    type Body = NoBody;
    type State = Waking;

    async fn call(state: &Waking, call: Call<'_, Self>) -> Reply {
        let message: Uuid = call.path("message")?;
        let subscription = access::find(&call, &state.store).await?.value.subscription;
        problems::check_active(&subscription.state.at(call.now()))?;
        let opened = state.store.redeliver(&call.audit, &subscription, &message.to_string()).await;
        state.wake(subscription.id, opened.map_err(problems::of_redelivery)?, call.now()).await;
        Ok(reply::empty(StatusCode::ACCEPTED))
    }
}
