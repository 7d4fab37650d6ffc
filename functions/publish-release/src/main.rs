//! `POST /releases`: publishes a component's version. The owners of chatbots that run something older
//! hear of it.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::{
    caller::Role,
    release::{NewRelease, Release},
};
use centops_store::{Store, StoreError, audit::Act};
use lambda_http::{Error, Request, http::StatusCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { publish(store, &act, &request).await }).await
}

async fn publish(store: &Store, act: &Act<'_>, request: &Request) -> Reply {
    caller::person(request, &[Role::Admin, Role::Operator])?;
    let new: NewRelease = request::body(request)?;
    let release = Release::publish(new, act.now);
    match store.publish_release(act, &release).await {
        Ok(()) => Ok(reply::json(StatusCode::CREATED, &release)),
        Err(StoreError::Exists) => Err(Problem::exists("That version of the component was published before.")),
        Err(error) => Err(error.into()),
    }
}
