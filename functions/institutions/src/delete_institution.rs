//! `DELETE /admin/institutions/{institution}`: removes an institution that no participant names.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, chatbots::Name};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct DeleteInstitution;

impl Operation for DeleteInstitution {
    const CONTRACT: contract::Operation = operations::DELETE_INSTITUTION;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let id: Name = call.path("institution")?;
        store.delete_institution(&call.audit, &id, call.if_match()).await?;
        Ok(reply::empty(StatusCode::NO_CONTENT))
    }
}
