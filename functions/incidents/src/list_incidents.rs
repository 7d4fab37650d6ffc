//! `GET /incidents`: lists incidents, newest first.

use centops_api::{Call, NoBody, Operation, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::{
    Store,
    incidents::{IncidentFilter, IncidentPosition},
};

use crate::access;

/// The operation.
#[derive(Debug)]
pub struct ListIncidents;

impl Operation for ListIncidents {
    const CONTRACT: contract::Operation = operations::LIST_INCIDENTS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let RequestedPage { limit, after } = call.page::<IncidentPosition>()?;
        let institutions = call.scope().narrowed_to(call.query("institution", "the id of an institution")?);
        let active = call.query("active", "true or false")?.unwrap_or(false);
        let kind = call.query("kind", "chatbot or network")?;
        let page =
            store.incidents(&IncidentFilter { institutions, active, kind }, after, limit.into(), call.now()).await?;
        let views: Vec<_> = page.items.into_iter().map(|incident| access::view(&call, incident.value)).collect();
        Ok(reply::page("incidents", &views, page.next.as_ref()))
    }
}
