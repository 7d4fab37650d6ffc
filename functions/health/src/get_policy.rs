//! `GET /policy`: returns the policy of the health engine.

use centops_api::{Call, NoBody, Operation, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct GetPolicy {
    store: Store,
}

impl Operation for GetPolicy {
    const CONTRACT: contract::Operation = operations::GET_POLICY;
    type Caller = Person;
    type Body = NoBody;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await? })
    }

    async fn call(&self, call: Call<'_, Self>) -> Reply {
        let policy = self.store.policy().await?;
        if call.has_version(policy.version) {
            return Ok(reply::not_modified(policy.version));
        }
        Ok(reply::versioned(StatusCode::OK, policy.version, &policy.value))
    }
}
