//! `GET /certificates`: the certificates that were issued, a page at a time.

use centops_api::{Problem, Reply, caller, cursor, reply, request, serve};
use centops_domain::{caller::Role, certificate::Certificate};
use centops_store::{
    Store,
    certificates::{CertificateFilter, CertificateId},
};
use lambda_http::{Error, Request, http::StatusCode};
use serde::Serialize;

const PAGE: u16 = 50;
const LARGEST_PAGE: u16 = 100;

#[derive(Serialize)]
struct Answer {
    certificates: Vec<Certificate>,
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
    let filter = CertificateFilter {
        profile: request::query(request, "profile", "dmr or chatbot")?,
        name: request::query(request, "name", "the name of a DMR or a chatbot")?,
    };
    let after: Option<CertificateId> = cursor::asked(request)?;
    if after.as_ref().is_some_and(|place| !filter.reaches(place)) {
        return Err(Problem::invalid("#query/cursor", "a cursor of a list with another profile or name"));
    }
    let page = store.certificates(&filter, after.as_ref(), limit.into()).await?;
    let next = page.next.as_ref().map(cursor::after);
    Ok(reply::json(StatusCode::OK, &Answer { certificates: page.certificates, next }))
}
