//! `DELETE /chatbots/{name}/control`: ends an override; the status of the chatbot follows its health again.

use centops_api::{Call, NoBody, Operation, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct DeleteControl {
    store: Store,
}

impl Operation for DeleteControl {
    const CONTRACT: contract::Operation = operations::DELETE_CONTROL;
    type Caller = Person;
    type Body = NoBody;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await? })
    }

    async fn call(&self, call: Call<'_, Self>) -> Reply {
        let policies = self.store.policy().await?.value;
        self.store.set_control(&call.audit, &call.name()?, None, &policies).await?;
        Ok(reply::empty(StatusCode::NO_CONTENT))
    }
}
