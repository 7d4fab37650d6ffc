//! `POST /subscriptions/{subscription}/test`: sends a test message.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;

use crate::{access, problems, wake::Waking};

/// The operation.
#[derive(Debug)]
pub struct TestSubscription;

impl Operation for TestSubscription {
    const CONTRACT: contract::Operation = operations::TEST_SUBSCRIPTION;
    type Caller = Person;
    type Body = NoBody;
    type State = Waking;

    async fn call(state: &Waking, call: Call<'_, Self>) -> Reply {
        let subscription = access::find(&call, &state.store).await?.value.subscription;
        problems::check_active(&subscription.state.at(call.now()))?;
        let queued = state.store.queue_test(&call.audit, &subscription).await?;
        state.wake(subscription.id, queued, call.now()).await;
        Ok(reply::empty(StatusCode::ACCEPTED))
    }
}
