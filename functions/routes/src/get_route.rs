//! `GET /routes/{name}`: returns the route of one chatbot, or the time since which it has none. Costs one strongly
//! consistent read.

use centops_api::{Call, Dmr, NoBody, Operation, Problem, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_store::{Store, routes::RouteLookup};

/// The operation.
#[derive(Debug)]
pub struct GetRoute {
    store: Store,
}

impl Operation for GetRoute {
    const CONTRACT: contract::Operation = operations::GET_ROUTE;
    type Caller = Dmr;
    type Body = NoBody;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await? })
    }

    async fn call(&self, call: Call<'_, Self>) -> Reply {
        match self.store.lookup_route(&call.name()?).await? {
            RouteLookup::Routed(route) => Ok(reply::json(StatusCode::OK, &route)),
            RouteLookup::NotRouted { status, since } => Err(Problem::not_online(status, since)),
        }
    }
}
