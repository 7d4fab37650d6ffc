//! `DELETE /dmrs/{name}`: removes a DMR, its credentials and its route subscription.

use centops_api::{Call, NoBody, Operation, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, credentials::Profile};
use centops_store::StoreError;
use centops_sweep::Sweeper;

use crate::registry::{dmr_problem, to_dmr};

/// The operation.
#[derive(Debug)]
pub struct DeleteDmr;

impl Operation for DeleteDmr {
    const CONTRACT: contract::Operation = operations::DELETE_DMR;
    type Caller = Person;
    type Body = NoBody;
    type State = Sweeper;

    async fn call(sweeper: &Sweeper, call: Call<'_, Self>) -> Reply {
        let name = call.name()?;
        match sweeper.store.peer(&name).await {
            Ok(peer) => {
                to_dmr(peer)?;
                let removed = sweeper.store.delete_peer(&call.audit, &name, call.if_match()).await;
                if let Some(sweep) = removed.map_err(dmr_problem)? {
                    sweeper.run_or_leave(&call.audit, &sweep).await;
                }
            }
            Err(StoreError::NotFound) => {
                // A repetition: the answer to the removal may have been lost.
                let sweeps = sweeper.store.sweeps_of(Profile::Dmr, &name).await?;
                if sweeps.is_empty() {
                    return Err(dmr_problem(StoreError::NotFound));
                }
                for sweep in &sweeps {
                    sweeper.run_or_leave(&call.audit, sweep).await;
                }
            }
            Err(error) => return Err(error.into()),
        }
        Ok(reply::empty(StatusCode::NO_CONTENT))
    }
}
