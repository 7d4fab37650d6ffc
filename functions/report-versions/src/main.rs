//! `PUT /versions`: which component versions the calling chatbot runs.

use centops_api::{Reply, caller, reply, request, serve};
use centops_domain::report::VersionReport;
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { report(store, &act, &request).await }).await
}

async fn report(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    let name = caller::chatbot(request)?;
    let report: VersionReport = request::body(request)?;
    caller::named(&name, report.chatbot.as_ref())?;
    store.report_versions(act, &name, &report.versions).await?;
    Ok(reply::json(StatusCode::OK, &report))
}
