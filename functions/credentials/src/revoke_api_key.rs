//! `PUT /api-keys/{profile}/{holder}/{key}/revocation`: revokes an API key. It is refused from the next request on.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    credentials::{ApiKeyId, Revocation},
};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct RevokeApiKey;

impl Operation for RevokeApiKey {
    const CONTRACT: contract::Operation = operations::REVOKE_API_KEY;
    type Caller = Person;
    type Body = Json<Revocation>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let id = ApiKeyId { profile: call.path("profile")?, name: call.path("holder")?, id: call.path("key")? };
        let Json(Revocation { reason }) = &call.body;
        let revoked = store.revoke_api_key(&call.audit, &id, reason.as_str()).await;
        let revoked = revoked.map_err(Problem::or_not_found("There is no such API key."))?;
        Ok(reply::json(StatusCode::OK, &revoked))
    }
}
