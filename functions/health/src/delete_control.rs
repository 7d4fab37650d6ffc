//! `DELETE /chatbots/{name}/control`: ends an override; the status of the chatbot follows its health again.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct DeleteControl;

impl Operation for DeleteControl {
    const CONTRACT: contract::Operation = operations::DELETE_CONTROL;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let policies = store.policy().await?.value;
        store.set_control(&call.audit, &call.name()?, None, &policies).await?;
        Ok(reply::empty(StatusCode::NO_CONTENT))
    }
}
