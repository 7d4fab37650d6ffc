//! `GET /chatbots/{name}/health/history`: what was seen of a chatbot, as a series.

use centops_api::{Problem, Reply, caller, reply, request, serve};
use centops_domain::{
    name::Name,
    series::{InvalidSpan, Point, Span, series},
};
use centops_store::Store;
use jiff::{SignedDuration, Timestamp};
use lambda_http::{Error, Request, http::StatusCode};
use serde::Serialize;

/// How far back a request without `from` looks.
const USUAL: SignedDuration = SignedDuration::from_hours(1);

#[derive(Serialize)]
struct Series {
    chatbot: Name,
    /// Seconds.
    step: i64,
    points: Vec<Point>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (store, audit) = &centops_api::startup::audited().await?;
    serve(env!("CARGO_PKG_NAME"), audit, |request, _| async move { get(store, &request).await }).await
}

async fn get(store: &Store, request: &Request) -> Reply {
    let name = caller::readable_chatbot(store, request).await?.1.value.name;
    let time = "a time such as 2026-11-21T09:30:00Z";
    let to: Timestamp = request::query(request, "to", time)?.unwrap_or_else(Timestamp::now);
    let from: Timestamp = request::query(request, "from", time)?.unwrap_or(to.saturating_sub(USUAL).unwrap_or(to));
    let step = request::query(request, "step", "a number of seconds")?.unwrap_or(60);
    let span = Span::new(from, to, step).map_err(|invalid| {
        let pointer = if invalid == InvalidSpan::Empty { "#query/from" } else { "#query/step" };
        Problem::invalid(pointer, invalid)
    })?;
    let health = store.health(&name).await?.value;
    let written = store.history(&name, health.enrolled, span.from, span.to - 1).await?;
    let points = series(span, &health.minutes().with(written));
    Ok(reply::json(StatusCode::OK, &Series { chatbot: name, step, points }))
}
