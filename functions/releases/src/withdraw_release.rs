//! `PUT /releases/{component}/{version}/withdrawal`: withdraws a release. It is an update for nobody from then on.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    releases::{NewWithdrawal, ReleaseVersion},
};
use centops_store::Store;

/// The operation.
#[derive(Debug)]
pub struct WithdrawRelease;

impl Operation for WithdrawRelease {
    const CONTRACT: contract::Operation = operations::WITHDRAW_RELEASE;
    type Caller = Person;
    type Body = Json<NewWithdrawal>;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let (component, version) = (call.path("component")?, call.path::<ReleaseVersion>("version")?);
        let Json(NewWithdrawal { reason }) = &call.body;
        let withdrawn = store.withdraw_release(&call.audit, &component, &version, call.if_match(), reason).await;
        let withdrawn = withdrawn.map_err(Problem::or_not_found("There is no such release."))?;
        Ok(reply::versioned(StatusCode::OK, withdrawn.version, &withdrawn.value))
    }
}
