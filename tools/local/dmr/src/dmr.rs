//! The request handler of the DMR: forwards messages and records their outcomes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use centops_report::{DropReason, Failure, Outcome, Recorder};
use centops_routes::{Lookup, RouteClient, RoutingState, Status};
use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use crate::clock::Clock;

/// The timeout of a chatbot's whole response.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(5);
/// The timeout of a request for a chatbot's routing state. Short, because a user waits.
const ROUTING_STATE_TIMEOUT: Duration = Duration::from_secs(2);

/// A DMR with its route table, its recorder, and a client for chatbots.
pub struct Dmr {
    routes: Arc<RouteClient>,
    recorder: Arc<Recorder>,
    chatbots: Client,
    clock: Arc<Clock>,
    /// Whether `PUT /clock` sets the clock.
    is_adjustable: bool,
}

/// A status and a JSON body.
pub type JsonResponse = (StatusCode, Value);

impl Dmr {
    /// Creates a DMR that records outcomes in `recorder` and sends messages through `chatbots`.
    #[must_use]
    pub fn new(routes: Arc<RouteClient>, recorder: Arc<Recorder>, chatbots: Client) -> Self {
        Self { routes, recorder, chatbots, clock: Arc::default(), is_adjustable: false }
    }

    /// Returns the DMR with a clock that `PUT /clock` sets wrong.
    #[must_use]
    pub fn with_adjustable_clock(self, clock: Arc<Clock>) -> Self {
        Self { clock, is_adjustable: true, ..self }
    }

    /// Handles one request.
    pub async fn handle(&self, method: &Method, path: &str, body: Bytes) -> JsonResponse {
        if (method, path) == (&Method::GET, "/table") {
            return (StatusCode::OK, self.table());
        }
        if self.is_adjustable && (method, path) == (&Method::PUT, "/clock") {
            return self.set_clock(&body);
        }
        match path.strip_prefix("/messages/") {
            Some(chatbot) if method == Method::POST => self.send_message(chatbot, body).await,
            _ => message(StatusCode::NOT_FOUND, "Unknown path: use GET /table or POST /messages/{chatbot}."),
        }
    }

    /// Returns the routes, their age, and the status of the route client.
    fn table(&self) -> Value {
        let (current, status) = (self.routes.current(), self.routes.status());
        let Status { age, expired, rejections, request_error, file_error, .. } = status;
        let counts = self.recorder.reporter().spool().status().counts;
        let dropped = |reason: &DropReason| (reason.name().to_owned(), counts.dropped_for(*reason).into());
        json!({
            "revision": current.as_ref().map(|current| current.table.revision()),
            "routes": current.as_ref()
                .map(|current| current.table.routes().iter().map(AsRef::as_ref).collect::<Vec<_>>())
                .unwrap_or_default(),
            "fetchedAt": current.as_ref().map(|current| current.fetched_at),
            "confirmedAt": current.as_ref().map(|current| current.confirmed_at),
            "ageSeconds": age.map(|age| age.as_secs()),
            "expired": expired,
            "refused": rejections.map(|rejections| json!({
                "why": rejections.reason.to_string(), "since": rejections.since, "times": rejections.count,
            })),
            "failure": request_error,
            "file": file_error,
            "codesReported": counts.accepted,
            "codesDropped": DropReason::ALL.iter().map(dropped).collect::<Map<_, _>>(),
        })
    }

    /// Sets by how many seconds the clock is ahead.
    fn set_clock(&self, body: &[u8]) -> JsonResponse {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let Some(seconds) = body["offsetSeconds"].as_i64() else {
            return message(StatusCode::BAD_REQUEST, "The body must be {\"offsetSeconds\": <whole number>}.");
        };
        match self.clock.set_offset(seconds) {
            Ok(()) => (StatusCode::OK, json!({ "offsetSeconds": seconds })),
            Err(error) => message(StatusCode::BAD_REQUEST, &error.to_string()),
        }
    }

    async fn send_message(&self, chatbot: &str, body: Bytes) -> JsonResponse {
        let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
        if !serde_json::from_slice::<Value>(&body).is_ok_and(|body| body.is_object()) {
            return message(StatusCode::BAD_REQUEST, "The body must be a JSON object.");
        }
        match self.routes.lookup(chatbot) {
            Lookup::Found(route) => self.forward(chatbot, &route.uri, body).await,
            Lookup::NoRoute => message(StatusCode::SERVICE_UNAVAILABLE, &self.no_route_reason(chatbot).await),
            Lookup::Expired => message(StatusCode::SERVICE_UNAVAILABLE, "The route table has expired."),
            Lookup::NoTable => message(StatusCode::SERVICE_UNAVAILABLE, "There is no route table yet."),
        }
    }

    /// Returns the reason why a chatbot has no route, as CentOps has it at this moment.
    async fn no_route_reason(&self, chatbot: &str) -> String {
        let state = tokio::time::timeout(ROUTING_STATE_TIMEOUT, self.routes.routing_state(chatbot)).await;
        match state {
            Ok(Ok(RoutingState::NotEnrolled)) => format!("Chatbot {chatbot} is not enrolled."),
            Ok(Ok(RoutingState::NotOnline { status, since })) => {
                format!("There is no route to {chatbot}: {status} since {since}.")
            }
            Ok(Ok(RoutingState::Online(_)) | Err(_)) | Err(_) => format!("There is no route to {chatbot}."),
        }
    }

    async fn forward(&self, chatbot: &str, uri: &str, body: Bytes) -> JsonResponse {
        let started = Instant::now();
        let request = self.chatbots.post(uri).header(CONTENT_TYPE, "application/json").body(body);
        let response = async {
            let response = request.timeout(MESSAGE_TIMEOUT).send().await?;
            Ok::<_, reqwest::Error>((response.status(), response.text().await?))
        };
        let (outcome, response) = match response.await {
            Ok((status, text)) => {
                let duration_ms = Some(u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX));
                let outcome = Outcome::Responded { status: status.as_u16(), duration_ms };
                (outcome, (status, json!({"chatbot": chatbot, "answer": text})))
            }
            Err(error) if error.is_timeout() => {
                let text = format!("Chatbot {chatbot} did not respond in time.");
                (Outcome::Failed { error: Failure::Timeout }, message(StatusCode::GATEWAY_TIMEOUT, &text))
            }
            Err(_) => {
                let text = format!("Chatbot {chatbot} is unreachable.");
                (Outcome::Failed { error: Failure::Connection }, message(StatusCode::BAD_GATEWAY, &text))
            }
        };
        self.recorder.add(chatbot, self.clock.now(), outcome);
        response
    }
}

fn message(status: StatusCode, text: &str) -> JsonResponse {
    (status, json!({ "message": text }))
}
