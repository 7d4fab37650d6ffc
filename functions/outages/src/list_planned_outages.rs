//! `GET /planned-outages`: lists planned outages, those of own institutions for an owner.

use centops_api::{Call, NoBody, Operation, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::{
    Store,
    outages::{OutageFilter, OutagePosition},
};

const STATE_RULE: &str = "requested, confirmed, in-progress, completed or cancelled";

/// The operation.
#[derive(Debug)]
pub struct ListPlannedOutages;

impl Operation for ListPlannedOutages {
    const CONTRACT: contract::Operation = operations::LIST_PLANNED_OUTAGES;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let RequestedPage { limit, after } = call.page::<OutagePosition>()?;
        let filter = OutageFilter {
            institutions: call.scope().narrowed_to(call.query("institution", "the id of an institution")?),
            state: call.query("state", STATE_RULE)?,
            from: call.time("from")?,
            to: call.time("to")?,
        };
        let now = call.now();
        let page = store.planned_outages(&filter, after.as_ref(), limit.into(), now).await?;
        let views: Vec<_> = page.items.iter().map(|outage| outage.view(now)).collect();
        Ok(reply::page("plannedOutages", &views, page.next.as_ref()))
    }
}
