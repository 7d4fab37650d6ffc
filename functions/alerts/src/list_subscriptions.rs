//! `GET /subscriptions`: lists the subscriptions of an institution, or of all own ones.

use centops_api::{Call, NoBody, Operation, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::{Person, Scope},
    chatbots::Name,
};
use centops_store::{Store, notifications::SubscriberPosition};

/// The operation.
#[derive(Debug)]
pub struct ListSubscriptions;

impl Operation for ListSubscriptions {
    const CONTRACT: contract::Operation = operations::LIST_SUBSCRIPTIONS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let RequestedPage { limit, after } = call.page::<SubscriberPosition>()?;
        let institution = call.query::<Name>("institution", "the id of an institution")?;
        let institutions = institutions(institution, call.scope());
        let page = store.subscribers_of(&institutions, after.as_ref(), limit.into()).await?;
        let now = call.now();
        let views: Vec<_> = page.items.iter().map(|stored| stored.subscription.view(now)).collect();
        Ok(reply::page("subscriptions", &views, page.next.as_ref()))
    }
}

/// Returns the institutions whose subscriptions are listed; none among them is the operations centre.
fn institutions(asked: Option<Name>, scope: Scope<'_>) -> Vec<Option<Name>> {
    match (asked, scope) {
        (Some(one), scope) if scope.includes(&one) => vec![Some(one)],
        (None, Scope::All) => vec![None],
        (None, Scope::Only(own)) => own.iter().cloned().map(Some).collect(),
        (Some(_), _) | (None, Scope::Nothing) => vec![],
    }
}
