//! `GET /routes/{name}`: where one chatbot is, now, or since when it is nowhere. One strongly consistent read.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_store::{Store, routes::Placed};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { get(store, &request).await }).await
}

async fn get(store: &Store, request: &Request) -> Reply {
    caller::dmr(request)?;
    match store.placed(&request::name(request)?).await {
        Ok(Placed::Routed(route)) => Ok(reply::json(StatusCode::OK, &route)),
        Ok(Placed::Out { status, since }) => Err(Problem::not_online(status, since)),
        Err(error) => Err(error.into()),
    }
}
