//! `GET /public/participants` and `GET /participants`: who takes part now, for clients of the first generation.

use centops_api::{Reply, caller, etag, reply, request, serve};
use centops_participants::{
    admin,
    participant::Hosts,
    roll::{self, Roll},
};
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

/// The path for proxies.
const BY_HOST: &str = "/participants";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    let roll = &Roll::default();
    let list = |request, act| async move { list(store, roll, &act, &request).await };
    serve(env!("CARGO_PKG_NAME"), audit, list).await
}

async fn list(store: &Store, roll: &Roll, act: &Act<'_>, request: &Request) -> Reply {
    caller::device(request)?;
    let hosts = if request::resource(request) == BY_HOST { Hosts::HostAndPort } else { Hosts::Whole };
    let json = roll.json(store, &admin::types(request), hosts, act.now).await?;
    let tag = roll::tag(&json);
    if etag::is_known(request.headers(), tag) {
        return Ok(reply::not_modified(tag));
    }
    Ok(reply::with_etag(reply::written(StatusCode::OK, "application/json", json), tag))
}
