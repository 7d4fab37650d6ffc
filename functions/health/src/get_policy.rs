//! `GET /policy`: returns the policy of the health engine.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct GetPolicy;

impl Operation for GetPolicy {
    const CONTRACT: contract::Operation = operations::GET_POLICY;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let policy = store.policy().await?;
        if call.has_version(policy.version) {
            return Ok(reply::not_modified(policy.version));
        }
        Ok(reply::versioned(StatusCode::OK, policy.version, &policy.value))
    }
}
