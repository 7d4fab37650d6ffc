//! `PUT /people/{person}/grants/{role}`: grants a role to a person, or replaces the grant.

use centops_api::{Call, Json, Operation, Reply, StatusCode};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::{Person, Role},
    session::{NewGrant, PersonId},
};
use centops_store::Store;

use crate::people;

/// The operation.
#[derive(Debug)]
pub struct PutGrant;

impl Operation for PutGrant {
    const CONTRACT: contract::Operation = operations::PUT_GRANT;
    type Caller = Person;
    type Body = Json<NewGrant>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (person, role): (PersonId, Role) = (call.path("person")?, call.path("role")?);
        let grant = call.body.0.clone().grant(role, &call.caller.subject, call.now()).map_err(people::invalid)?;
        let changed = store.set_grant(&call.audit, person, call.if_match(), role, Some(grant)).await;
        Ok(people::shown(StatusCode::OK, &changed.map_err(people::problem)?))
    }
}
