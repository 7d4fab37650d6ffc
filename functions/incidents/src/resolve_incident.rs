//! `POST /incidents/{incident}/resolution`: resolves an incident, or says what was done about it.

use centops_api::{Call, Json, Operation, Problem, Reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    incidents::{Action, Attempt, Command},
    json::non_null,
};
use centops_store::Store;
use serde::Deserialize;

use crate::access;

/// The body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewResolution {
    #[serde(default, deserialize_with = "non_null")]
    action: Option<Action>,
    #[serde(default, deserialize_with = "non_null")]
    helped: Option<bool>,
}

/// The operation.
#[derive(Debug)]
pub struct ResolveIncident;

impl Operation for ResolveIncident {
    const CONTRACT: contract::Operation = operations::RESOLVE_INCIDENT;
    type Caller = Person;
    type Body = Json<NewResolution>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let taken = match (call.body.0.action, call.body.0.helped) {
            (None, None) => None,
            (Some(action), Some(helped)) => Some(Attempt { action, helped }),
            (Some(_), None) => return Err(Problem::invalid("#/helped", "given with `action`")),
            (None, Some(_)) => return Err(Problem::invalid("#/action", "given with `helped`")),
        };
        access::carry_out(&call, store, &Command::Resolve(taken)).await
    }
}
