//! People as the API shows them, and the problems with their grants.

use std::collections::BTreeMap;

use centops_api::{Problem, StatusCode, reply};
use centops_domain::{
    callers::Role,
    session::{Grant, InvalidGrant, PersonId, PersonRecord},
};
use centops_store::{Versioned, session::PersonError};
use lambda_http::{Body, Response};
use serde::Serialize;

/// The API representation of a person.
#[derive(Debug, Serialize)]
pub struct PersonView<'a> {
    id: PersonId,
    subject: &'a str,
    name: &'a str,
    grants: &'a BTreeMap<Role, Grant>,
}

impl<'a> From<&'a PersonRecord> for PersonView<'a> {
    fn from(person: &'a PersonRecord) -> Self {
        Self { id: person.id, subject: &person.subject, name: &person.name, grants: &person.grants }
    }
}

/// Returns the person with their version.
#[must_use]
pub fn shown(status: StatusCode, person: &Versioned<PersonRecord>) -> Response<Body> {
    reply::versioned(status, person.version, &PersonView::from(&person.value))
}

/// Returns the answer to a change that the store refuses.
pub fn problem(error: PersonError) -> Problem {
    match error {
        PersonError::Known => Problem::conflict("The person is known."),
        PersonError::NoGrant => Problem::not_found("The person does not have the role."),
        PersonError::Store(error) => Problem::or_not_found("No such person.")(error),
    }
}

/// Returns the answer to a grant that cannot be made.
pub fn invalid(error: InvalidGrant) -> Problem {
    let pointer = match error {
        InvalidGrant::Institutions => "#/institutions",
        InvalidGrant::Until => "#/until",
    };
    Problem::invalid(pointer, error)
}
