//! `PUT /incidents/{incident}/assignee`: assigns an incident to a person, or to nobody.

use centops_api::{Call, Json, Operation, Problem, Reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, incidents::Command, json::non_null};
use centops_store::Store;
use serde::Deserialize;

use crate::access;

/// The most characters of a `sub` claim.
const MAX_LENGTH: usize = 256;

/// The body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAssignee {
    #[serde(default, deserialize_with = "non_null")]
    assignee: Option<String>,
}

/// The operation.
#[derive(Debug)]
pub struct AssignIncident;

impl Operation for AssignIncident {
    const CONTRACT: contract::Operation = operations::ASSIGN_INCIDENT;
    type Caller = Person;
    type Body = Json<NewAssignee>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let assignee = call.body.0.assignee.as_deref().map(|assignee| assignee.trim().to_owned());
        if assignee.as_ref().is_some_and(|assignee| assignee.is_empty() || assignee.chars().count() > MAX_LENGTH) {
            return Err(Problem::invalid("#/assignee", format!("1 to {MAX_LENGTH} characters")));
        }
        access::carry_out(&call, store, &Command::Assign(assignee)).await
    }
}
