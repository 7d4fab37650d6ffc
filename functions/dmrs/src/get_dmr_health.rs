//! `GET /dmrs/{name}/health`: returns when a DMR reports, and what it reported about itself.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, health::DmrHealth};
use centops_store::Store;

use crate::registry::find;

/// The operation.
#[derive(Debug)]
pub struct GetDmrHealth;

impl Operation for GetDmrHealth {
    const CONTRACT: contract::Operation = operations::GET_DMR_HEALTH;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let name = find(store, &call.name()?).await?.value.name;
        let state = store.dmr_state(&name).await?.map(|stored| stored.value).unwrap_or_default();
        Ok(reply::json(StatusCode::OK, &DmrHealth::new(name, &state)))
    }
}
