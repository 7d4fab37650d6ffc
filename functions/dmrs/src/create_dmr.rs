//! `POST /dmrs`: registers a DMR.

use centops_api::{Call, Json, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, chatbots::AllowedNetworks, peers::NewDmr};
use centops_egress::filter;
use centops_store::Store;

use crate::registry::{register_problem, to_dmr};

/// The operation.
#[derive(Debug)]
pub struct CreateDmr;

impl Operation for CreateDmr {
    const CONTRACT: contract::Operation = operations::CREATE_DMR;
    type Caller = Person;
    type Body = Json<NewDmr>;
    type State = (Store, AllowedNetworks);

    async fn call((store, networks): &Self::State, call: Call<'_, Self>) -> Reply {
        let Json(new) = call.body;
        filter::check(&new.uri, networks).await.map_err(|error| Problem::invalid("#/uri", error))?;
        let created = store.create_peer(&call.audit, new.register(call.audit.now)).await.map_err(register_problem)?;
        let created = to_dmr(created)?;
        let location = format!("/dmrs/{}", created.value.name);
        reply::located(reply::versioned(StatusCode::CREATED, created.version, &created.value), &location)
    }
}
