//! `GET /routes/{name}`: returns the route of one chatbot, or the time since which it has none. Costs one strongly
//! consistent read.

use centops_api::{Call, Dmr, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_store::{Store, routes::RouteLookup};

/// The operation.
#[derive(Debug)]
pub struct GetRoute;

impl Operation for GetRoute {
    const CONTRACT: contract::Operation = operations::GET_ROUTE;
    type Caller = Dmr;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        match store.lookup_route(&call.name()?).await? {
            RouteLookup::Routed(route) => Ok(reply::json(StatusCode::OK, &route)),
            RouteLookup::NotRouted { status, since } => Err(Problem::not_online(status, since)),
        }
    }
}
