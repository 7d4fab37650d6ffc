//! `GET /chatbots`: lists chatbots, a page at a time: all by name, those of some institutions by institution and name.

use std::collections::BTreeSet;

use centops_api::{Call, NoBody, Operation, Problem, Reply, RequestedPage, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::{Person, Scope},
    chatbots::Name,
};
use centops_store::{
    Store,
    chatbots::{ChatbotFilter, InstitutionPosition},
};

/// The operation.
#[derive(Debug)]
pub struct ListChatbots;

impl Operation for ListChatbots {
    const CONTRACT: contract::Operation = operations::LIST_CHATBOTS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let filter = ChatbotFilter {
            status: call.query("status", "Unknown, Online or Offline")?,
            kind: call.query("type", "ministry or institution")?,
        };
        match institutions(&call)? {
            None => {
                let RequestedPage { limit, after } = call.page::<Name>()?;
                let page = store.chatbots(&filter, after.as_ref(), limit.into()).await?;
                Ok(reply::page("chatbots", &page.items, page.next.as_ref()))
            }
            Some(institutions) => {
                let RequestedPage { limit, after } = call.page::<InstitutionPosition>()?;
                let page = store.chatbots_of(&institutions, &filter, after.as_ref(), limit.into()).await?;
                Ok(reply::page("chatbots", &page.items, page.next.as_ref()))
            }
        }
    }
}

/// Returns the institutions whose chatbots are requested, of those that the person may see; `None` for all.
fn institutions(call: &Call<'_, ListChatbots>) -> Result<Option<BTreeSet<Name>>, Problem> {
    let scope = call.scope();
    let institution: Option<Name> = call.query("institution", "the name of an institution")?;
    Ok(match institution {
        Some(one) if scope.includes(&one) => Some(BTreeSet::from([one])),
        Some(_) => Some(BTreeSet::new()),
        None => match scope {
            Scope::All => None,
            Scope::Only(institutions) => Some(institutions.clone()),
            Scope::Nothing => Some(BTreeSet::new()),
        },
    })
}
