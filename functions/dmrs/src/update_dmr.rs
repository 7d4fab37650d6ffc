//! `PATCH /dmrs/{name}`: changes, disables or enables a DMR.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, chatbots::AllowedNetworks, peers::DmrChange};
use centops_egress::filter;
use centops_store::Store;

use crate::registry::{find, register_problem, to_dmr};

/// The operation.
#[derive(Debug)]
pub struct UpdateDmr;

impl Operation for UpdateDmr {
    const CONTRACT: contract::Operation = operations::UPDATE_DMR;
    type Caller = Person;
    type Body = Json<DmrChange>;
    type State = (Store, AllowedNetworks);

    async fn call((store, networks): &Self::State, call: Call<'_, Self>) -> Reply {
        let (name, Json(change)) = (call.name()?, &call.body);
        if change.is_empty() {
            return Err(Problem::invalid("#", "a change names at least one field"));
        }
        if let Some(uri) = &change.uri {
            filter::check(uri, networks).await.map_err(|error| Problem::invalid("#/uri", error))?;
        }
        // A classifier is changed as a participant only.
        find(store, &name).await?;
        let now = call.audit.now;
        let changed = store.update_peer(&call.audit, &name, call.if_match(), |peer| change.apply(peer, now)).await;
        let changed = to_dmr(changed.map_err(register_problem)?)?;
        Ok(reply::versioned(StatusCode::OK, changed.version, &changed.value))
    }
}
