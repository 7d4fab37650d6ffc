//! `GET /incidents/{incident}`: returns one incident.

use centops_api::{Call, NoBody, Operation, Reply, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

use crate::access;

/// The operation.
#[derive(Debug)]
pub struct GetIncident;

impl Operation for GetIncident {
    const CONTRACT: contract::Operation = operations::GET_INCIDENT;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let found = access::find(&call, store).await?;
        if call.has_version(found.version) {
            return Ok(reply::not_modified(found.version));
        }
        access::answer(&call, Ok(found))
    }
}
