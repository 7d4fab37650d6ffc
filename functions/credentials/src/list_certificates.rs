//! `GET /certificates`: lists issued certificates, a page at a time.

use centops_api::{Call, NoBody, Operation, Reply, RequestedPage, Setup, StartError, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

use crate::filter::filter;

/// The operation.
#[derive(Debug)]
pub struct ListCertificates {
    store: Store,
}

impl Operation for ListCertificates {
    const CONTRACT: contract::Operation = operations::LIST_CERTIFICATES;
    type Caller = Person;
    type Body = NoBody;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await? })
    }

    async fn call(&self, call: Call<'_, Self>) -> Reply {
        let RequestedPage { limit, after } = call.page()?;
        let filter = filter(&call, after.as_ref())?;
        let page = self.store.certificates(&filter, after.as_ref(), limit.into()).await?;
        Ok(reply::page("certificates", &page.items, page.next.as_ref()))
    }
}
