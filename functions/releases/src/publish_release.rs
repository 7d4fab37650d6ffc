//! `POST /releases`: publishes a version of a component. The owners of chatbots that run something older are notified.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    releases::{NewRelease, Release, Withdrawal},
};
use centops_store::{Store, releases::PublishError};

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
        match store.publish_release(&call.audit, release).await {
            Ok(new) => Ok(reply::versioned(StatusCode::CREATED, new.version, &new.value)),
            Err(PublishError::Published) => Err(Problem::exists(
                "That version of the component was published before. Build metadata does not make another version.",
            )),
            Err(PublishError::Withdrawn(Withdrawal { at, reason })) => Err(Problem::exists(&format!(
                "That version of the component was withdrawn at {at}: {reason}. Publish the cure as another version.",
            ))),
            Err(PublishError::Store(error)) => Err(error.into()),
        }
    }
}
