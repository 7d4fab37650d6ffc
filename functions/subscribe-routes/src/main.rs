//! `PUT /route-subscription`: sends what changes in the route table to a queue of the calling DMR.

mod subscriber;

use aws_sdk_sns::Client;
use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::subscription::{Destination, Protocol};
use centops_store::{audit::Act, route_subscriptions::RouteSubscription};
use lambda_http::{Error, Request, http::StatusCode};
use serde::{Deserialize, Serialize};

use subscriber::Subscriber;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewRouteSubscription {
    queue: String,
}

#[derive(Serialize)]
struct Subscribed<'a> {
    id: &'a str,
    queue: &'a str,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = centops_api::startup::audited().await?;
    let (audit, subscriber) = &(
        audit,
        Subscriber {
            store,
            client: Client::new(&centops_api::startup::config()?),
            topic: centops_api::startup::variable("ROUTES_TOPIC")?,
        },
    );
    serve(env!("CARGO_PKG_NAME"), audit, |request, act| async move { answer(subscriber, &act, &request).await }).await
}

async fn answer(subscriber: &Subscriber, act: &Act<'_>, request: &Request) -> Reply {
    let dmr = caller::dmr(request)?;
    let NewRouteSubscription { queue } = request::body(request)?;
    let queue = Destination::new(Protocol::Sqs, queue).map_err(|error| Problem::invalid("#/queue", error))?;
    let RouteSubscription { arn, queue } = subscriber.subscribe(act, &dmr, queue.endpoint()).await?;
    Ok(reply::json(StatusCode::OK, &Subscribed { id: &arn, queue: &queue }))
}
