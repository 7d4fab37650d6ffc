//! `PUT /api-keys/{profile}/{holder}/{key}/revocation`: from the next request on it does not count.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::{caller::Role, certificate::Revocation};
use centops_store::{Store, StoreError, api_keys::ApiKeyId, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { revoke(store, &act, &request).await }).await
}

async fn revoke(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let id = ApiKeyId {
        profile: request::path(request, "profile")?,
        name: request::path(request, "holder")?,
        id: request::path(request, "key")?,
    };
    let Revocation { reason } = request::body(request)?;
    let revoked = store.revoke_api_key(act, &id, reason.as_str()).await.map_err(|error| match error {
        StoreError::NotFound => Problem::not_found("There is no such API key."),
        error => error.into(),
    })?;
    Ok(reply::json(StatusCode::OK, &revoked))
}
