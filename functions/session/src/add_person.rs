//! `POST /people`: adds a person, to whom roles can be granted.

use std::collections::BTreeMap;

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, random, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    session::{PersonId, PersonRecord, is_subject},
};
use centops_store::Store;
use serde::Deserialize;

use crate::people;

/// The most characters of a name.
const MAX_NAME: usize = 120;

/// The body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    subject: String,
    name: String,
}

/// The operation.
#[derive(Debug)]
pub struct AddPerson;

impl Operation for AddPerson {
    const CONTRACT: contract::Operation = operations::ADD_PERSON;
    type Caller = Person;
    type Body = Json<NewPerson>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let NewPerson { subject, name } = &call.body.0;
        if !is_subject(subject) {
            return Err(Problem::invalid("#/subject", "the country and the personal code, such as EE60001019906"));
        }
        let name = name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            return Err(Problem::invalid("#/name", format!("1 to {MAX_NAME} characters")));
        }
        let id = PersonId::new(call.now(), &random::bytes()?);
        let person = PersonRecord { id, subject: subject.clone(), name: name.to_owned(), grants: BTreeMap::new() };
        let added = store.add_person(&call.audit, person).await.map_err(people::problem)?;
        reply::located(people::shown(StatusCode::CREATED, &added), &format!("/people/{id}"))
    }
}
