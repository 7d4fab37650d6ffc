//! `GET /dmrs`: lists the registered DMRs.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, peers::RegisteredDmr};
use centops_store::Store;
use serde::Serialize;

#[derive(Serialize)]
struct DmrList {
    dmrs: Vec<RegisteredDmr>,
}

/// The operation.
#[derive(Debug)]
pub struct ListDmrs;

impl Operation for ListDmrs {
    const CONTRACT: contract::Operation = operations::LIST_DMRS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, _: Call<'_, Self>) -> Reply {
        let dmrs = store.peers().await?.into_iter().filter_map(RegisteredDmr::from_peer).collect();
        Ok(reply::json(StatusCode::OK, &DmrList { dmrs }))
    }
}
