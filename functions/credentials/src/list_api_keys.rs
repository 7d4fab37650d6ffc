//! `GET /api-keys`: lists issued API keys without their secrets, a page at a time.

use centops_api::{Call, NoBody, Operation, Problem, Reply, Setup, StartError, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, credentials::ApiKeyId};
use centops_store::{Store, credentials::CredentialFilter};

const PAGE: u16 = 50;
const LARGEST_PAGE: u16 = 100;

/// The operation.
#[derive(Debug)]
pub struct ListApiKeys {
    store: Store,
}

impl Operation for ListApiKeys {
    const CONTRACT: contract::Operation = operations::LIST_API_KEYS;
    type Caller = Person;
    type Body = NoBody;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await? })
    }

    async fn call(&self, call: Call<'_, Self>) -> Reply {
        let limit = call.limit(PAGE, LARGEST_PAGE)?;
        let filter = CredentialFilter {
            profile: call.query("profile", "dmr or chatbot")?,
            name: call.query("name", "the name of a DMR or a chatbot")?,
        };
        if filter.name.is_some() && filter.profile.is_none() {
            return Err(Problem::invalid("#query/name", "a name goes with a profile"));
        }
        let after: Option<ApiKeyId> = call.cursor()?;
        if after.as_ref().is_some_and(|position| !filter.includes(position)) {
            return Err(Problem::invalid("#query/cursor", "a cursor of a list with another profile or name"));
        }
        let page = self.store.api_keys(&filter, after.as_ref(), limit.into()).await?;
        Ok(reply::page("keys", &page.items, page.next.as_ref()))
    }
}
