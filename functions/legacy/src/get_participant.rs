//! `GET /admin/participants/{name}`: returns one participant.

use centops_api::{Call, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::{Store, Versioned};

use crate::stored::StoredParticipant;

/// Returns the participant that the path names, or 304 if the caller has its version.
#[derive(Debug)]
pub struct GetParticipant;

impl Operation for GetParticipant {
    const CONTRACT: contract::Operation = operations::GET_PARTICIPANT;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let stored = StoredParticipant::find(store, &call.name()?).await?;
        let Versioned { value: participant, version } = stored.into_participant();
        if !call.scope().includes(&participant.institution_id) {
            return Err(Problem::forbidden("The participant belongs to another institution."));
        }
        if call.has_version(version) {
            return Ok(reply::not_modified(version));
        }
        Ok(reply::versioned(StatusCode::OK, version, &participant))
    }
}
