//! `GET /invitations/{id}`: returns one invitation and its history, for staff and for the person who applied.

use centops_api::{Call, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::{Person, Role},
    onboarding::{InvitationView, Reader},
};
use centops_store::{Store, StoreError};

/// The operation.
#[derive(Debug)]
pub struct GetInvitation;

impl Operation for GetInvitation {
    const CONTRACT: contract::Operation = operations::GET_INVITATION;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let staff = call.caller.has_any_role(&Role::STAFF);
        let invitation = match store.invitation(&call.path("id")?, call.now()).await {
            Ok(invitation) => invitation,
            Err(StoreError::NotFound) if staff => {
                return Err(Problem::not_found("There is no invitation of that id."));
            }
            // Other people do not learn which ids exist.
            Err(StoreError::NotFound) => return Err(forbidden()),
            Err(error) => return Err(error.into()),
        };
        let applied = invitation.value.application().is_some_and(|application| application.by == call.caller.subject);
        let reader = match (staff, applied) {
            (true, _) => Reader::Staff,
            (false, true) => Reader::Applicant,
            (false, false) => return Err(forbidden()),
        };
        let view = InvitationView::new(&invitation.value, reader, call.now());
        Ok(reply::versioned(StatusCode::OK, invitation.version, &view))
    }
}

fn forbidden() -> Problem {
    Problem::forbidden("An invitation is shown to staff and to the person who applied with it.")
}
