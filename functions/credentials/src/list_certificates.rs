//! `GET /certificates`: lists issued certificates, a page at a time.

use centops_api::{Call, NoBody, Operation, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

use crate::filter::filter;

/// The operation.
#[derive(Debug)]
pub struct ListCertificates;

impl Operation for ListCertificates {
    const CONTRACT: contract::Operation = operations::LIST_CERTIFICATES;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let RequestedPage { limit, after } = call.page()?;
        let filter = filter(&call, after.as_ref())?;
        let page = store.certificates(&filter, after.as_ref(), limit.into()).await?;
        Ok(reply::page("certificates", &page.items, page.next.as_ref()))
    }
}
