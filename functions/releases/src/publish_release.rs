//! `POST /releases`: publishes a version of a component. The owners of chatbots that run something older are notified.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    releases::{NewRelease, Release},
};
use centops_store::{Store, StoreError};

/// The operation.
#[derive(Debug)]
pub struct PublishRelease;

impl Operation for PublishRelease {
    const CONTRACT: contract::Operation = operations::PUBLISH_RELEASE;
    type Caller = Person;
    type Body = Json<NewRelease>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let Json(new) = call.body;
        let release = Release::publish(new, call.audit.now);
        match store.publish_release(&call.audit, &release).await {
            Ok(()) => Ok(reply::json(StatusCode::CREATED, &release)),
            Err(StoreError::Exists) => Err(Problem::exists(
                "That version of the component was published before. Build metadata does not make another version.",
            )),
            Err(error) => Err(error.into()),
        }
    }
}
