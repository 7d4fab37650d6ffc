//! `GET /chatbots`: lists chatbots, a page at a time: all by name, those of some institutions by institution and name. With
//! `since`, those whose routes changed after a revision.

use std::{collections::BTreeSet, fmt::Display};

use centops_api::{Call, NoBody, Operation, Problem, Reply, RequestedPage, cursor, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    chatbots::{Chatbot, Name},
    routes::Revision,
};
use centops_store::{
    Consistency, Page, Store, StoreError,
    chatbots::{ChatbotChanges, ChatbotFilter, InstitutionPosition},
};
use serde::Serialize;

/// The rule of the parameter `since`: a number of 63 bits, as in the contract.
const SINCE: &str = "a revision, a number from 0 to 9223372036854775807";

/// The body of an answer: a page, or with `since` the changes.
#[derive(Debug, Serialize)]
struct ChatbotPage<'a> {
    /// Read before the chatbots, so that a later request with it as `since` misses no change. Not on further pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<Revision>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Revision>,
    chatbots: &'a [Chatbot],
    #[serde(skip_serializing_if = "Option::is_none")]
    removed: Option<&'a [Name]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The operation.
#[derive(Debug)]
pub struct ListChatbots;

impl Operation for ListChatbots {
    const CONTRACT: contract::Operation = operations::LIST_CHATBOTS;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let institution = call.query("institution", "the name of an institution")?;
        let institutions = call.scope().narrowed_to(institution);
        if let Some(since) = since(&call)? {
            return changes(store, &call, since, institutions.as_ref()).await;
        }
        let filter = ChatbotFilter {
            status: call.query("status", "Unknown, Online or Offline")?,
            kind: call.query("type", "ministry or institution")?,
        };
        match institutions {
            None => {
                let RequestedPage { limit, after } = call.page::<Name>()?;
                let revision = first_revision(store, after.as_ref()).await?;
                let page = store.chatbots(&filter, after.as_ref(), limit.into()).await?;
                Ok(reply::validated(&body(revision, &page), call.headers()))
            }
            Some(institutions) => {
                let RequestedPage { limit, after } = call.page::<InstitutionPosition>()?;
                let revision = first_revision(store, after.as_ref()).await?;
                let page = store.chatbots_of(&institutions, &filter, after.as_ref(), limit.into()).await?;
                Ok(reply::validated(&body(revision, &page), call.headers()))
            }
        }
    }
}

/// Returns the revision of the parameter `since`.
fn since(call: &Call<'_, ListChatbots>) -> Result<Option<Revision>, Problem> {
    let Some(since) = call.query::<Revision>("since", SINCE)? else { return Ok(None) };
    if i64::try_from(since).is_err() {
        return Err(Problem::invalid("#query/since", SINCE));
    }
    match ["status", "type", "limit", "cursor"].into_iter().find(|name| !call.query_values(name).is_empty()) {
        Some(name) => Err(Problem::invalid("#query/since", format!("not together with {name}"))),
        None => Ok(Some(since)),
    }
}

/// Returns the chatbots whose routes changed after `since`.
async fn changes(
    store: &Store,
    call: &Call<'_, ListChatbots>,
    since: Revision,
    institutions: Option<&BTreeSet<Name>>,
) -> Reply {
    let changes = store.chatbot_changes(since, institutions).await.map_err(|error| match error {
        StoreError::Gone => Problem::gone(
            "The changes since that revision are not kept any more, or are too many: fetch the whole list.",
        ),
        error => error.into(),
    })?;
    let ChatbotChanges { revision, chatbots, removed } = &changes;
    let (revision, since, removed) = (Some(*revision), Some(since), Some(removed.as_slice()));
    let page = ChatbotPage { revision, since, chatbots, removed, next: None };
    Ok(reply::validated(&page, call.headers()))
}

/// Returns the revision of the route table for the first page of a list.
async fn first_revision<P>(store: &Store, after: Option<&P>) -> Result<Option<Revision>, StoreError> {
    match after {
        None => Ok(Some(store.head(Consistency::Strong).await?.revision)),
        Some(_) => Ok(None),
    }
}

/// Returns the body of a page.
fn body<P: Display>(revision: Option<Revision>, page: &Page<Chatbot, P>) -> ChatbotPage<'_> {
    let next = page.next.as_ref().map(cursor::after);
    ChatbotPage { revision, since: None, chatbots: &page.items, removed: None, next }
}

#[cfg(test)]
mod tests {
    use centops_api::testing;
    use jiff::Timestamp;

    use super::*;

    /// Reads `since` of a request with `parameters`.
    fn read(parameters: &[(&str, &str)]) -> Result<Option<Revision>, String> {
        testing::with_query(parameters, Timestamp::UNIX_EPOCH, since).map_err(|problem| problem.to_string())
    }

    #[test]
    fn since_is_a_revision_of_63_bits_and_stands_alone() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[("limit", "50")]), Ok(None));
        assert_eq!(read(&[("since", "0"), ("institution", "tax-board")]), Ok(Some(0)));
        assert_eq!(read(&[("since", "9223372036854775807")]), Ok(Some(i64::MAX.unsigned_abs())));
        for bad in ["9223372036854775808", "-1", "1.5", "", "a"] {
            assert!(read(&[("since", bad)]).is_err(), "{bad}");
        }
        for other in ["status", "type", "limit", "cursor"] {
            let refused = read(&[("since", "1"), (other, "1")]).expect_err("refused");
            assert!(refused.contains(&format!("#query/since: not together with {other}")), "{refused}");
        }
    }
}
