//! `GET /own-invitations`: lists the invitations that the caller applied to, newest first, a page at a time.

use centops_api::{Call, NoBody, Operation, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, onboarding::OwnInvitationView};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct ListOwnInvitations;

impl Operation for ListOwnInvitations {
    const CONTRACT: contract::Operation = operations::LIST_OWN_INVITATIONS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (RequestedPage { limit, after }, subject) = (call.page()?, &call.caller.subject);
        let page = store.invitations_of_applicant(subject, after.as_ref(), limit.into(), call.now()).await?;
        let invitations: Vec<_> = page.items.iter().filter_map(OwnInvitationView::new).collect();
        Ok(reply::page("invitations", &invitations, page.next.as_ref()))
    }
}
