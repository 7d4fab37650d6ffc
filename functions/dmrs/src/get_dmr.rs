//! `GET /dmrs/{name}`: returns one DMR.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

use crate::registry::find;

/// The operation.
#[derive(Debug)]
pub struct GetDmr;

impl Operation for GetDmr {
    const CONTRACT: contract::Operation = operations::GET_DMR;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let dmr = find(store, &call.name()?).await?;
        if call.has_version(dmr.version) {
            return Ok(reply::not_modified(dmr.version));
        }
        Ok(reply::versioned(StatusCode::OK, dmr.version, &dmr.value))
    }
}
