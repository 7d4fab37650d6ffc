//! `POST /events/announcement`: hands events to the function `fan-out` again, after notifications were lost.

use std::collections::BTreeSet;

use centops_api::{Call, FromSetup, Json, Operation, Problem, Reply, Setup, StartError, StatusCode, reply};
use centops_contract::{self as contract, operations};
use centops_domain::{callers::Person, notifications::MEMORY};
use centops_queues::WorkQueue;
use centops_store::{
    Store,
    alerts::{EventQuery, Position},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::fan_out::FanOutMessage;

/// The most events of one request.
const PAGE: usize = 500;

/// The operation.
#[derive(Debug)]
pub struct ReannounceEvents {
    store: Store,
    events: WorkQueue,
}

/// The body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    from: Timestamp,
    to: Timestamp,
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Serialize)]
struct Reannounced {
    queued: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl FromSetup for ReannounceEvents {
    async fn from_setup(setup: &Setup) -> Result<Self, StartError> {
        Ok(Self { store: setup.store().await?, events: WorkQueue::from_setup(setup, "EVENTS_QUEUE")? })
    }
}

impl Operation for ReannounceEvents {
    const CONTRACT: contract::Operation = operations::REANNOUNCE_EVENTS;
    type Caller = Person;
    type Body = Json<Span>;
    type State = Self;

    async fn call(state: &Self, call: Call<'_, Self>) -> Reply {
        let (query, now) = (query(&call.body.0, call.now())?, call.now());
        let page = state.store.events(&query, now).await?;
        let told = page.items.iter().filter(|event| !event.quiet);
        let messages = told.map(|event| Ok((FanOutMessage::again(event)?, 0)));
        let messages: Vec<_> = messages.collect::<Result<_, serde_json::Error>>().map_err(Problem::internal)?;
        state.events.send(&messages).await.map_err(Problem::unavailable)?;
        let id = call.audit.request_id();
        tracing::info!(queued = messages.len(), from = %call.body.0.from, "events announced again request={id}");
        let next = page.next.map(|next| next.to_string());
        Ok(reply::json(StatusCode::ACCEPTED, &Reannounced { queued: messages.len(), next }))
    }
}

/// Returns the query for the events of `span` at `now`.
fn query(span: &Span, now: Timestamp) -> Result<EventQuery, Problem> {
    if span.from >= span.to {
        return Err(Problem::invalid("#/to", "the end is after the start"));
    }
    if span.from < now - MEMORY {
        let text = "events of the last 48 hours are announced again: of earlier ones nobody knows who was told";
        return Err(Problem::invalid("#/from", text));
    }
    let cursor = span.cursor.as_deref().map(str::parse::<Position>).transpose();
    let after = cursor.map_err(|error| Problem::invalid("#/cursor", error))?;
    Ok(EventQuery { from: Some(span.from), to: Some(span.to), types: BTreeSet::new(), limit: PAGE, after })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn span_is_within_the_time_in_which_it_is_known_who_was_told() {
        let now: Timestamp = "2026-11-26T12:00:00Z".parse().expect("a time");
        let span = |from, to| {
            let ago = |hours| now - SignedDuration::from_hours(hours);
            query(&Span { from: ago(from), to: ago(to), cursor: None }, now)
        };
        assert_eq!(span(48, 0).expect("a query").limit, PAGE);
        assert!(span(49, 0).is_err());
        assert!(span(1, 1).is_err());
        let wrong = query(&Span { from: now - MEMORY, to: now, cursor: Some("x".into()) }, now);
        assert!(wrong.is_err());
    }
}
