//! `GET /incidents/{incident}/timeline`: lists what happened in an incident, oldest first.

use centops_api::{Call, NoBody, Operation, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::{Person, Scope},
    incidents::EntryView,
};
use centops_store::{Store, incidents::TimelinePosition};

use crate::access;

/// The operation.
#[derive(Debug)]
pub struct ListTimeline;

impl Operation for ListTimeline {
    const CONTRACT: contract::Operation = operations::LIST_TIMELINE;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let RequestedPage { limit, after } = call.page::<TimelinePosition>()?;
        let id = access::find(&call, store).await?.value.id;
        let page = store.timeline(id, after.as_ref(), limit.into()).await?;
        let scope = call.scope();
        let is_staff = scope == Scope::All;
        let view = |entry| if is_staff { EntryView::new(entry) } else { EntryView::new(entry).without_persons() };
        let views: Vec<_> = page.items.into_iter().filter(|entry| entry.is_visible(scope)).map(view).collect();
        Ok(reply::page("entries", &views, page.next.as_ref()))
    }
}
