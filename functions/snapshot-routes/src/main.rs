//! On a schedule: makes a snapshot of the route table where the last is too old, for functions that start.

use centops_store::{Store, StoreError};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::de::IgnoredAny;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let store = &centops_api::startup::store().await?;
    run(service_fn(|_: LambdaEvent<IgnoredAny>| async move { snapshot(store).await.map_err(Error::from) })).await
}

async fn snapshot(store: &Store) -> Result<(), StoreError> {
    let Some(made) = store.make_snapshot(Timestamp::now()).await? else {
        tracing::info!("the last snapshot is new enough");
        return Ok(());
    };
    tracing::info!(revision = made.head.revision, routes = made.head.count, parts = made.parts, "made");
    Ok(())
}
