//! `DELETE /route-subscription`: ends the route subscription of the calling DMR.

use centops_api::{Call, Dmr, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_sweep::Sweeper;

/// The operation.
#[derive(Debug)]
pub struct UnsubscribeRoutes;

impl Operation for UnsubscribeRoutes {
    const CONTRACT: contract::Operation = operations::UNSUBSCRIBE_ROUTES;
    type Caller = Dmr;
    type Body = NoBody;
    type State = Sweeper;

    async fn call(sweeper: &Sweeper, call: Call<'_, Self>) -> Reply {
        let Dmr(dmr) = &call.caller;
        if sweeper.end_route_subscription(&call.audit, dmr, None).await? {
            Ok(reply::empty(StatusCode::NO_CONTENT))
        } else {
            Err(Problem::not_found("You have no route subscription."))
        }
    }
}
