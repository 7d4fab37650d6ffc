//! `DELETE /admin/participants/{name}`: deletes a participant.

use centops_api::{Reply, caller, etag, reply, request};
use centops_domain::caller::Role;
use centops_store::{Store, audit::Act};
use lambda_http::{Request, http::StatusCode};

use crate::stored::{StoredParticipant, participant_problem};

/// Deletes the chatbot or peer that the path names.
///
/// # Errors
/// 403; 404; 412.
pub async fn delete(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let name = request::name(request)?;
    let expected = etag::if_match(request.headers())?;
    match StoredParticipant::find(store, &name).await? {
        StoredParticipant::Peer(_) => {
            store.delete_peer(act, &name, expected).await.map_err(participant_problem)?;
        }
        StoredParticipant::Chatbot(_) => {
            let policies = store.policy().await?.value;
            store.delete_chatbot(act, &name, expected, &policies).await.map_err(participant_problem)?;
        }
    }
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
