//! `GET /chatbots/{name}/events`: lists the events of a chatbot and of its planned outages since its enrolment, newest
//! first, a page at a time.

use centops_api::{Call, NoBody, Operation, Reply, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

use crate::event_list;

/// The operation.
#[derive(Debug)]
pub struct ListChatbotEvents;

impl Operation for ListChatbotEvents {
    const CONTRACT: contract::Operation = operations::LIST_CHATBOT_EVENTS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (query, chatbot) = (event_list::query(&call)?, call.chatbot_in_scope(store).await?.value);
        let page = store.events_about_chatbot(&chatbot, &query, call.now()).await?;
        let events = event_list::shown(&call.caller, page.items);
        Ok(reply::page("events", &events, page.next.as_ref()))
    }
}
