//! `DELETE /admin/participants/{name}`: deletes a participant.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_sweep::Sweeper;

use crate::stored::{StoredParticipant, participant_problem};

/// Deletes the chatbot or peer that the path names, and ends its credentials.
#[derive(Debug)]
pub struct DeleteParticipant;

impl Operation for DeleteParticipant {
    const CONTRACT: contract::Operation = operations::DELETE_PARTICIPANT;
    type Caller = Person;
    type Body = NoBody;
    type State = Sweeper;

    async fn call(sweeper: &Sweeper, call: Call<'_, Self>) -> Reply {
        let (store, name, expected) = (&sweeper.store, call.name()?, call.if_match());
        match StoredParticipant::find(store, &name).await? {
            StoredParticipant::Peer(_) => {
                let removed = store.delete_peer(&call.audit, &name, expected).await.map_err(participant_problem)?;
                if let Some(sweep) = removed {
                    sweeper.run_or_leave(&call.audit, &sweep).await;
                }
            }
            StoredParticipant::Chatbot(_) => {
                let policies = store.policy().await?.value;
                store.delete_chatbot(&call.audit, &name, expected, &policies).await.map_err(participant_problem)?;
            }
        }
        Ok(reply::empty(StatusCode::NO_CONTENT))
    }
}
