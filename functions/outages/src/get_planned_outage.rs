//! `GET /planned-outages/{outage}`: returns one planned outage.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

use crate::access;

/// The operation.
#[derive(Debug)]
pub struct GetPlannedOutage;

impl Operation for GetPlannedOutage {
    const CONTRACT: contract::Operation = operations::GET_PLANNED_OUTAGE;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let found = access::find(&call, store).await?;
        Ok(reply::versioned(StatusCode::OK, found.version, &found.value.view(call.now())))
    }
}
