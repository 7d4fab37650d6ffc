//! `POST /people`: adds a person, to whom roles can be granted.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, random, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    session::{InvalidPerson, NewPerson, PersonId},
};
use centops_store::Store;

use crate::people;

/// The operation.
#[derive(Debug)]
pub struct AddPerson;

impl Operation for AddPerson {
    const CONTRACT: contract::Operation = operations::ADD_PERSON;
    type Caller = Person;
    type Body = Json<NewPerson>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let id = PersonId::new(call.now(), &random::bytes()?);
        let person = call.body.0.record(id).map_err(|error| {
            let pointer = match error {
                InvalidPerson::Subject => "#/subject",
                InvalidPerson::Name => "#/name",
            };
            Problem::invalid(pointer, error)
        })?;
        let added = store.add_person(&call.audit, person).await.map_err(people::problem)?;
        reply::located(people::shown(StatusCode::CREATED, &added), &format!("/people/{id}"))
    }
}
