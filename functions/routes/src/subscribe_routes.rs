//! `PUT /route-subscription`: delivers the changes of the route table to a queue of the calling DMR.

mod subscriber;

use aws_sdk_sns::Client;
use centops_api::{Call, Dmr, FromSetup, Json, Operation, Problem, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::notifications::{Address, Channel};
use centops_store::routes::RouteSubscription;
use serde::{Deserialize, Serialize};

use subscriber::Subscriber;

/// The body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRouteSubscription {
    queue: String,
}

#[derive(Serialize)]
struct CreatedSubscription<'a> {
    id: &'a str,
    queue: &'a str,
}

/// The operation.
#[derive(Debug)]
pub struct SubscribeRoutes {
    subscriber: Subscriber,
}

impl FromSetup for SubscribeRoutes {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        let store = setup.store().await?;
        let client = Client::new(setup.config());
        Ok(Self { subscriber: Subscriber { store, client, topic: setup.variable("ROUTES_TOPIC")? } })
    }
}

impl Operation for SubscribeRoutes {
    const CONTRACT: contract::Operation = operations::SUBSCRIBE_ROUTES;
    type Caller = Dmr;
    type Body = Json<NewRouteSubscription>;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let (Dmr(dmr), Json(NewRouteSubscription { queue })) = (call.caller, call.body);
        let queue = Address::new(Channel::Sqs, &queue).map_err(|error| Problem::invalid("#/queue", error))?;
        let subscription = state.subscriber.subscribe(&call.audit, &dmr, queue.as_str()).await?;
        let RouteSubscription { arn, queue, .. } = &subscription;
        Ok(reply::json(StatusCode::OK, &CreatedSubscription { id: arn, queue }))
    }
}
