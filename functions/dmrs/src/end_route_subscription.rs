//! `DELETE /dmrs/{name}/route-subscription`: an administrator ends the route subscription of a DMR.

use centops_api::{Call, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::callers::Person;
use centops_sweep::Sweeper;

/// The operation.
#[derive(Debug)]
pub struct EndRouteSubscription;

impl Operation for EndRouteSubscription {
    const CONTRACT: contract::Operation = operations::END_ROUTE_SUBSCRIPTION;
    type Caller = Person;
    type Body = NoBody;
    type State = Sweeper;

    async fn call(sweeper: &Sweeper, call: Call<'_, Self>) -> Reply {
        if sweeper.end_route_subscription(&call.audit, &call.name()?, None).await? {
            Ok(reply::empty(StatusCode::NO_CONTENT))
        } else {
            Err(Problem::not_found("There is no route subscription of that DMR."))
        }
    }
}
