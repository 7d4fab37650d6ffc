//! `POST /certificates`: signs a certificate of a DMR or a chatbot for the key in its request.

use aws_sdk_secretsmanager::Client;
use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_certificates::{InvalidCsr, secret::AuthoritySecret};
use centops_domain::{
    caller::Role,
    certificate::{Certificate, NewCertificate},
};
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    let client = Client::new(&centops_api::startup::config()?);
    let secret = &AuthoritySecret::new(client, centops_api::startup::variable("AUTHORITY_SECRET_ARN")?);
    let operation = env!("CARGO_PKG_NAME");
    serve(operation, audit, |request, act| async move { issue(store, secret, &act, &request).await }).await
}

async fn issue(store: &Store, secret: &AuthoritySecret, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin])?;
    let NewCertificate { profile, name, csr, days } = request::body(request)?;
    let mut serial = [0; 16];
    getrandom::fill(&mut serial).map_err(Problem::internal)?;
    let authority = secret.authority(act.now).await.map_err(Problem::unavailable)?;
    let issued = authority.issue(&csr, profile, &name, days.get(), serial, act.now).map_err(|error| match error {
        InvalidCsr::Unsigned(_) => Problem::internal(error),
        _ => Problem::invalid("#/csr", error),
    })?;
    // What has no record does not get in: only a certificate that is recorded is handed out.
    store.put_certificate(act, &Certificate::of(&issued, act.now)).await?;
    Ok(reply::json(StatusCode::CREATED, &issued))
}
