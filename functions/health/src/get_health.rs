//! `GET /health`: returns the state of the whole network, in one read.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct GetHealth;

impl Operation for GetHealth {
    const CONTRACT: contract::Operation = operations::GET_HEALTH;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let _ = call;
        Ok(reply::json(StatusCode::OK, &store.network().await?.value.view()))
    }
}
