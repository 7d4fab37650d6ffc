//! `DELETE /incidents/{incident}/parent`: makes a part an incident of its own again.

use centops_api::{Call, NoBody, Operation, Reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

use crate::access;

/// The operation.
#[derive(Debug)]
pub struct SplitIncident;

impl Operation for SplitIncident {
    const CONTRACT: contract::Operation = operations::SPLIT_INCIDENT;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (id, author) = (access::find(&call, store).await?.value.id, access::author(&call));
        let split = store.split_incident(&call.audit, id, &author).await;
        access::answer(&call, split)
    }
}
