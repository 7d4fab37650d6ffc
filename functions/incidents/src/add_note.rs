//! `POST /incidents/{incident}/notes`: adds a note to the timeline of an incident.

use centops_api::{Call, Json, Operation, Problem, Reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    incidents::{Command, MAX_NOTE_LENGTH},
};
use centops_masking::mask;
use centops_store::Store;
use serde::Deserialize;

use crate::access;

/// The body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    text: String,
}

/// The operation.
#[derive(Debug)]
pub struct AddNote;

impl Operation for AddNote {
    const CONTRACT: contract::Operation = operations::ADD_NOTE;
    type Caller = Person;
    type Body = Json<NewNote>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let text = call.body.0.text.trim();
        if text.is_empty() || call.body.0.text.chars().count() > MAX_NOTE_LENGTH {
            return Err(Problem::invalid("#/text", format!("1 to {MAX_NOTE_LENGTH} characters")));
        }
        access::carry_out(&call, store, &Command::Note(mask(text))).await
    }
}
