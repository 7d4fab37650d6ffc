//! `GET /incidents/{incident}/members`: lists the members of a network incident, the active ones first.

use centops_api::{Call, NoBody, Operation, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::{Store, incidents::MemberPosition};

use crate::access;

/// The operation.
#[derive(Debug)]
pub struct ListMembers;

impl Operation for ListMembers {
    const CONTRACT: contract::Operation = operations::LIST_MEMBERS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let RequestedPage { limit, after } = call.page::<MemberPosition>()?;
        let id = access::find(&call, store).await?.value.id;
        let page = store.members_of_incident(id, after.as_ref(), limit.into()).await?;
        let views: Vec<_> = page.items.into_iter().map(|incident| access::view(&call, incident)).collect();
        Ok(reply::page("incidents", &views, page.next.as_ref()))
    }
}
