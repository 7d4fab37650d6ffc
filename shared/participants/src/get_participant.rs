//! `GET /admin/participants/{name}`: returns one participant.

use centops_api::{Problem, Reply, caller, etag, reply, request};
use centops_domain::caller::Role;
use centops_store::{Store, Versioned};
use lambda_http::{Request, http::StatusCode};

use crate::stored::StoredParticipant;

/// Returns the participant that the path names, or 304 if the caller has its version.
///
/// # Errors
/// 403; 404.
pub async fn get(store: &Store, request: &Request) -> Reply {
    let person = caller::person(request, &Role::ALL)?;
    let stored = StoredParticipant::find(store, &request::name(request)?).await?;
    let Versioned { value: participant, version } = stored.into_participant();
    if !person.reaches(&participant.institution_id) {
        return Err(Problem::forbidden("The participant belongs to another institution."));
    }
    if etag::is_known(request.headers(), version) {
        return Ok(reply::not_modified(version));
    }
    Ok(reply::versioned(StatusCode::OK, version, &participant))
}
