//! `GET /api-keys`: lists issued API keys without their secrets, a page at a time.

use centops_api::{Call, NoBody, Operation, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

use crate::filter::filter;

/// The operation.
#[derive(Debug)]
pub struct ListApiKeys;

impl Operation for ListApiKeys {
    const CONTRACT: contract::Operation = operations::LIST_API_KEYS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let RequestedPage { limit, after } = call.page()?;
        let filter = filter(&call, after.as_ref())?;
        let page = store.api_keys(&filter, after.as_ref(), limit.into()).await?;
        Ok(reply::page("keys", &page.items, page.next.as_ref()))
    }
}
