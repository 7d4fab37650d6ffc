//! `GET /chatbots/{name}/health/history`: returns the outcomes of a chatbot as a time series.

use centops_api::{Call, NoBody, Operation, Problem, Reply, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{
    callers::Person,
    chatbots::Name,
    health::{InvalidSpan, Point, Span, series},
};
use centops_store::Store;
use jiff::SignedDuration;
use serde::Serialize;

/// The length of the series where the query has no `from`.
const DEFAULT_LENGTH: SignedDuration = SignedDuration::from_hours(1);

#[derive(Serialize)]
struct Series {
    chatbot: Name,
    /// Seconds.
    step: i64,
    points: Vec<Point>,
}

/// The operation.
#[derive(Debug)]
pub struct GetHealthHistory;

impl Operation for GetHealthHistory {
    const CONTRACT: contract::Operation = operations::GET_HEALTH_HISTORY;
    type Caller = Person;
    type Body = NoBody;
    type State = Store;

    async fn call(store: &Store, call: Call<'_, Self>) -> Reply {
        let name = call.chatbot_in_scope(store).await?.value.name;
        let (span, step) = span(&call)?;
        let health = store.health(&name).await?.value;
        let stored = store.history(&name, health.enrolled_at, span.from, span.to - 1).await?;
        let points = series(span, &health.minutes().with(stored));
        Ok(reply::json(StatusCode::OK, &Series { chatbot: name, step, points }))
    }
}

/// Returns the time span of the query, and its step in seconds.
fn span(call: &Call<'_, GetHealthHistory>) -> Result<(Span, i64), Problem> {
    let to = call.time("to")?.unwrap_or(call.now());
    let from = call.time("from")?.unwrap_or(to.saturating_sub(DEFAULT_LENGTH).unwrap_or(to));
    let step = call.query("step", "a number of seconds")?.unwrap_or(60);
    let span = Span::new(from, to, step).map_err(|invalid| {
        let pointer = if invalid == InvalidSpan::Empty { "#query/from" } else { "#query/step" };
        Problem::invalid(pointer, invalid)
    })?;
    Ok((span, step))
}
