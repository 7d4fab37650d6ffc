//! `GET /releases`: lists published releases by component and version, a page at a time.

use centops_api::{Call, NoBody, Operation, Problem, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::{
    Store,
    releases::{ReleaseFilter, ReleasePosition},
};

/// The operation.
#[derive(Debug)]
pub struct ListReleases;

impl Operation for ListReleases {
    const CONTRACT: contract::Operation = operations::LIST_RELEASES;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let RequestedPage { limit, after } = call.page::<ReleasePosition>()?;
        let filter = ReleaseFilter { component: call.query("component", "the name of a component")? };
        if after.as_ref().is_some_and(|position| !filter.includes(position)) {
            return Err(Problem::invalid("#query/cursor", "a cursor of a list of another component"));
        }
        let page = store.list_releases(&filter, after.as_ref(), limit.into()).await?;
        Ok(reply::page("releases", &page.items, page.next.as_ref()))
    }
}
