//! `GET /invitations`: lists invitations, newest first, a page at a time.

use centops_api::{Call, NoBody, Operation, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    onboarding::{InvitationView, Reader},
};
use centops_store::Store;

const STATUS_RULE: &str = "invited, expired, submitted, approved, rejected or withdrawn";

/// The operation.
#[derive(Debug)]
pub struct ListInvitations;

impl Operation for ListInvitations {
    const CONTRACT: contract::Operation = operations::LIST_INVITATIONS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let RequestedPage { limit, after } = call.page()?;
        let (status, now) = (call.query("status", STATUS_RULE)?, call.now());
        let page = store.invitations(status, after.as_ref(), limit.into(), now).await?;
        let view = |invitation| InvitationView::new(invitation, Reader::Staff, now);
        let invitations: Vec<_> = page.items.iter().map(view).collect();
        Ok(reply::page("invitations", &invitations, page.next.as_ref()))
    }
}
