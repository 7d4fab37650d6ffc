//! `DELETE /people/{person}/grants/{role}`: ends the grant of a role.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::{Person, Role},
    session::PersonId,
};
use centops_store::Store;

use crate::people;

/// The operation.
#[derive(Debug)]
pub struct EndGrant;

impl Operation for EndGrant {
    const CONTRACT: contract::Operation = operations::END_GRANT;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (person, role): (PersonId, Role) = (call.path("person")?, call.path("role")?);
        let changed = store.set_grant(&call.audit, person, call.if_match(), role, None).await;
        Ok(people::shown(StatusCode::OK, &changed.map_err(people::problem)?))
    }
}
