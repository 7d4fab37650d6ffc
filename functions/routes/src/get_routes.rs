//! `GET /routes`: returns the route table, or its changes since a revision. An unchanged table costs one small read.

mod content_encoding;
mod routes;
mod signed_body;
#[cfg(test)]
mod tests;

use aws_sdk_secretsmanager::Client;
use centops_api::{Call, Dmr, FromSetup, NoBody, Operation, Problem, Reply, Setup, StartError};
use centops_contract::{self as contract, operations};
use centops_signing::SigningSecret;
use tokio::sync::Mutex;

use routes::{Routes, RoutesQuery};

/// The rule of the parameter `since`: a number of 63 bits, as in the contract.
const SINCE: &str = "a revision, a number from 0 to 9223372036854775807";

/// The operation.
#[derive(Debug)]
pub struct GetRoutes;

impl FromSetup for Routes {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let signing = SigningSecret::new(Client::new(setup.config()), setup.variable("ROUTES_SECRET_ARN")?);
        let store = setup.store().await?;
        Ok(Self { store, signing, max_bytes: signed_body::MAX_BODY_BYTES, cache: Mutex::default() })
    }
}

impl Operation for GetRoutes {
    const CONTRACT: contract::Operation = operations::GET_ROUTES;
    type Caller = Dmr;
    type Body = NoBody;
    type State = Routes;

    async fn call(routes: &Routes, call: Call<'_, Self>) -> Reply {
        if call.query::<String>("wait", "")?.is_some() {
            let instead = "there are no long polls: PUT /route-subscription sends each change to a queue of yours";
            return Err(Problem::invalid("#query/wait", instead));
        }
        let since = call.query("since", SINCE)?;
        if since.is_some_and(|since| i64::try_from(since).is_err()) {
            return Err(Problem::invalid("#query/since", SINCE));
        }
        let query = match (call.cursor()?, since) {
            (None, None) => RoutesQuery::Whole,
            (None, Some(since)) => RoutesQuery::Since(since),
            (Some(position), None) => RoutesQuery::Page(position),
            (Some(_), Some(_)) => return Err(Problem::invalid("#query/since", "not together with a cursor")),
        };
        let consistency = call.query("consistency", "strong or eventual")?.unwrap_or_default();
        routes.respond(query, consistency, call.headers()).await
    }
}
