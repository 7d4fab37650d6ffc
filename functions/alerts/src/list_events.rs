//! `GET /events`: lists events, newest first, a page at a time: all for staff, those of their institutions and
//! chatbots for owners.

use centops_api::{Call, NoBody, Operation, Reply, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::{Person, Scope};
use centops_store::{Page, Store};

use crate::event_list;

/// The operation.
#[derive(Debug)]
pub struct ListEvents;

impl Operation for ListEvents {
    const CONTRACT: contract::Operation = operations::LIST_EVENTS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (query, now) = (event_list::query(&call)?, call.now());
        let page = match call.scope() {
            Scope::All => store.events(&query, now).await?,
            Scope::Only(institutions) => store.events_of_institutions(institutions, &query, now).await?,
            Scope::Nothing => Page::default(),
        };
        let events = event_list::shown(&call.caller, page.items);
        Ok(reply::page("events", &events, page.next.as_ref()))
    }
}
