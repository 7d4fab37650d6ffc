//! `PUT /admin/institutions/{institution}`: replaces an institution.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    chatbots::Name,
    institutions::{Institution, NewInstitution},
};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct UpdateInstitution;

impl Operation for UpdateInstitution {
    const CONTRACT: contract::Operation = operations::UPDATE_INSTITUTION;
    type Caller = Person;
    type Body = Json<NewInstitution>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (id, expected) = (call.path::<Name>("institution")?, call.if_match());
        let Json(new) = call.body;
        if new.id.as_ref().is_some_and(|stated| *stated != id) {
            return Err(Problem::invalid("#/id", "an id cannot change"));
        }
        let changed = store.update_institution(&call.audit, Institution::new(id, new), expected).await?;
        Ok(reply::versioned(StatusCode::OK, changed.version, &changed.value))
    }
}
