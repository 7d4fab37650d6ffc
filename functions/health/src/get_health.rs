//! `GET /health`: returns the state of the whole network, in one read.

use centops_api::{Call, NoBody, Operation, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct GetHealth {
    store: Store,
}

impl Operation for GetHealth {
    const CONTRACT: contract::Operation = operations::GET_HEALTH;
    type Caller = Person;
    type Body = NoBody;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await? })
    }

    async fn call(&self, call: Call<'_, Self>) -> Reply {
        let _ = call;
        Ok(reply::json(StatusCode::OK, &self.store.network().await?.value.view()))
    }
}
