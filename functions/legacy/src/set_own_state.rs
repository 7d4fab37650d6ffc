//! `PUT /public/participants/my/state`: a chatbot takes itself out of routing, or lets it follow its health again.

use centops_api::{Reply, caller, serve};
use centops_participants::state;
use centops_store::{Store, audit::Act};
use lambda_http::{Error, Request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { set(store, &act, &request).await }).await
}

async fn set(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    let name = caller::chatbot(request)?;
    state::set(store, act, name, request).await
}
