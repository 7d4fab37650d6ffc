//! `GET /subscriptions/{subscription}`: returns one subscription.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;

use crate::{access, confirmations::Confirmations};

/// The operation.
#[derive(Debug)]
pub struct GetSubscription;

impl Operation for GetSubscription {
    const CONTRACT: contract::Operation = operations::GET_SUBSCRIPTION;
    type Caller = Person;
    type Body = NoBody;
    type State = Confirmations;

    async fn call(confirmations: &Confirmations, call: Call<'_, Self>) -> Reply {
        let found = access::find(&call, &confirmations.store).await?;
        let found = confirmations.refresh(&call.audit, found).await?;
        let subscription = &found.value.subscription;
        // One that nobody confirmed in time has ended, although its version is the same.
        if call.has_version(found.version) && subscription.at(call.now()) == *subscription {
            return Ok(reply::not_modified(found.version));
        }
        Ok(reply::versioned(StatusCode::OK, found.version, &subscription.view(call.now())))
    }
}
