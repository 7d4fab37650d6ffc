//! `GET /routes/{name}`: where one chatbot is, now. One strongly consistent read.

use centops_http::{Problem, Reply, caller, reply, request, serve};
use centops_store::{Store, StoreError};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { get(store, &request).await }).await
}

async fn get(store: &Store, request: &Request) -> Reply {
    caller::dmr(request)?;
    match store.route(&request::name(request)?).await {
        Ok(route) => Ok(reply::json(StatusCode::OK, &route)),
        Err(StoreError::NotFound) => Err(Problem::not_found("No chatbot of that name is online.")),
        Err(error) => Err(error.into()),
    }
}
