//! `POST /admin/institutions`: records an institution.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    institutions::{Institution, NewInstitution},
};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct CreateInstitution;

impl Operation for CreateInstitution {
    const CONTRACT: contract::Operation = operations::CREATE_INSTITUTION;
    type Caller = Person;
    type Body = Json<NewInstitution>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let Json(new) = call.body;
        let id = new.id.clone().or_else(|| new.name.id());
        let id = id.ok_or_else(|| Problem::invalid("#/id", "no id can be made of the name: give one"))?;
        let created = store.create_institution(&call.audit, Institution::new(id, new)).await?;
        let location = format!("/admin/institutions/{}", created.value.id);
        reply::located(reply::versioned(StatusCode::CREATED, created.version, &created.value), &location)
    }
}
