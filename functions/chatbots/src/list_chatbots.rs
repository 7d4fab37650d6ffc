//! `GET /chatbots`: lists chatbots by name, a page at a time.

use std::collections::BTreeSet;

use centops_api::{Call, NoBody, Operation, Problem, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::{Person, Scope},
    chatbots::Name,
};
use centops_store::{Store, chatbots::ChatbotFilter};

/// The operation.
#[derive(Debug)]
pub struct ListChatbots;

impl Operation for ListChatbots {
    const CONTRACT: contract::Operation = operations::LIST_CHATBOTS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let RequestedPage { limit, after } = call.page()?;
        let page = store.chatbots(&filter(&call)?, after.as_ref(), limit.into()).await?;
        Ok(reply::page("chatbots", &page.items, page.next.as_ref()))
    }
}

/// Returns the filter of the query, within the institutions that the person may see.
fn filter(call: &Call<'_, ListChatbots>) -> Result<ChatbotFilter, Problem> {
    let scope = call.scope();
    let institution: Option<Name> = call.query("institution", "the name of an institution")?;
    let institutions = match institution {
        Some(one) if scope.includes(&one) => Some(BTreeSet::from([one])),
        Some(_) => Some(BTreeSet::new()),
        None => match scope {
            Scope::All => None,
            Scope::Only(institutions) => Some(institutions.clone()),
            Scope::Nothing => Some(BTreeSet::new()),
        },
    };
    Ok(ChatbotFilter {
        status: call.query("status", "Unknown, Online or Offline")?,
        kind: call.query("type", "ministry or institution")?,
        institutions,
    })
}
