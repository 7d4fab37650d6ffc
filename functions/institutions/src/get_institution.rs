//! `GET /admin/institutions/{institution}`: returns one institution.

use centops_api::{Call, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, chatbots::Name};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct GetInstitution;

impl Operation for GetInstitution {
    const CONTRACT: contract::Operation = operations::GET_INSTITUTION;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let id: Name = call.path("institution")?;
        // Checked before the read: a person who may not see it does not learn whether it exists.
        if !call.scope().includes(&id) {
            return Err(Problem::forbidden("The institution is not among yours."));
        }
        let found = store.institution(&id).await;
        let found = found.map_err(Problem::or_not_found("There is no institution of that id."))?;
        if call.has_version(found.version) {
            return Ok(reply::not_modified(found.version));
        }
        Ok(reply::versioned(StatusCode::OK, found.version, &found.value))
    }
}
