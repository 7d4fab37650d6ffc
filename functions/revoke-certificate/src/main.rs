//! `PUT /certificates/{profile}/{holder}/{serial}/revocation`: from the next request on it does not get in.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::{caller::Role, certificate::Revocation};
use centops_store::{Store, StoreError, audit::Act, certificates::CertificateId};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { revoke(store, &act, &request).await }).await
}

async fn revoke(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let id = CertificateId {
        profile: request::path(request, "profile")?,
        name: request::path(request, "holder")?,
        serial: request::path(request, "serial")?,
    };
    let Revocation { reason } = request::body(request)?;
    let revoked = store.revoke_certificate(act, &id, reason.as_str()).await.map_err(|error| match error {
        StoreError::NotFound => Problem::not_found("There is no such certificate."),
        error => error.into(),
    })?;
    Ok(reply::json(StatusCode::OK, &revoked))
}
