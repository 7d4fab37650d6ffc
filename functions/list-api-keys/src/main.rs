//! `GET /api-keys`: the API keys that were issued, a page at a time. No secret is among them.

use centops_api::{Problem, Reply, caller, cursor, reply, request, serve};
use centops_domain::{api_key::ApiKey, caller::Role};
use centops_store::{
    Store,
    api_keys::{ApiKeyFilter, ApiKeyId},
};
use lambda_http::{Error, Request, http::StatusCode};
use serde::Serialize;

const PAGE: u16 = 50;
const LARGEST_PAGE: u16 = 100;

#[derive(Serialize)]
struct Answer {
    keys: Vec<ApiKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { list(store, &request).await }).await
}

async fn list(store: &Store, request: &Request) -> Reply {
    caller::person(request, &Role::STAFF)?;
    let limit = request::limit(request, PAGE, LARGEST_PAGE)?;
    let filter = ApiKeyFilter {
        profile: request::query(request, "profile", "dmr or chatbot")?,
        name: request::query(request, "name", "the name of a DMR or a chatbot")?,
    };
    if filter.name.is_some() && filter.profile.is_none() {
        return Err(Problem::invalid("#query/name", "a name goes with a profile"));
    }
    let after: Option<ApiKeyId> = cursor::asked(request)?;
    if after.as_ref().is_some_and(|place| !filter.reaches(place)) {
        return Err(Problem::invalid("#query/cursor", "a cursor of a list with another profile or name"));
    }
    let page = store.api_keys(&filter, after.as_ref(), limit.into()).await?;
    let next = page.next.as_ref().map(cursor::after);
    Ok(reply::json(StatusCode::OK, &Answer { keys: page.keys, next }))
}
