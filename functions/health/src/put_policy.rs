//! `PUT /policy`: replaces the policy of the health engine. Functions follow it within half a minute.

use centops_api::{Call, Json, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, health::ProposedPolicy};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct PutPolicy;

impl Operation for PutPolicy {
    const CONTRACT: contract::Operation = operations::PUT_POLICY;
    type Caller = Person;
    type Body = Json<ProposedPolicy>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (expected, Json(policy)) = (call.if_match(), &call.body);
        let version = store.put_policy(&call.audit, policy.document(), expected).await?;
        Ok(reply::versioned(StatusCode::OK, version, policy))
    }
}
