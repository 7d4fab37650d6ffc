//! The message room: passes a message on and notes what came of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use centops_routes::{Lookup, Routes, Standing, Status};
use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use jiff::Timestamp;
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::report::{Outcome, Reporter};

/// For the chatbot's whole answer.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(5);
/// For CentOps to say why a chatbot has no route: a user waits.
const WHY_TIMEOUT: Duration = Duration::from_secs(2);

/// Who is in the room is answered here.
pub struct Room {
    routes: Arc<Routes>,
    reporter: Arc<Reporter>,
    chatbots: Client,
}

/// A status and a JSON body.
pub type Answer = (StatusCode, Value);

impl Room {
    /// A room with a route table; outcomes go to `reporter`, messages through `chatbots`.
    #[must_use]
    pub fn new(routes: Arc<Routes>, reporter: Arc<Reporter>, chatbots: Client) -> Self {
        Self { routes, reporter, chatbots }
    }

    /// Answers one request.
    pub async fn answer(&self, method: &Method, path: &str, body: Bytes) -> Answer {
        if (method, path) == (&Method::GET, "/table") {
            return (StatusCode::OK, self.table());
        }
        match path.strip_prefix("/messages/") {
            Some(chatbot) if method == Method::POST => self.pass_on(chatbot, body).await,
            _ => said(StatusCode::NOT_FOUND, "There is GET /table and POST /messages/{chatbot}."),
        }
    }

    /// The table, when it came and when it was last confirmed.
    fn table(&self) -> Value {
        let (view, status) = (self.routes.view(), self.routes.status());
        let Status { age, expired, refused, failure, file, .. } = status;
        json!({
            "revision": view.as_ref().map(|view| view.table.revision()),
            "routes": view.as_ref().map(|view| view.table.routes().iter().map(AsRef::as_ref).collect::<Vec<_>>())
                .unwrap_or_default(),
            "fetchedAt": view.as_ref().map(|view| view.fetched),
            "confirmedAt": view.as_ref().map(|view| view.confirmed),
            "ageSeconds": age.map(|age| age.as_secs()),
            "expired": expired,
            "refused": refused.map(|refused| json!({
                "why": refused.why.to_string(), "since": refused.since, "times": refused.times,
            })),
            "failure": failure,
            "file": file,
            "codesReported": self.reporter.reported(),
        })
    }

    async fn pass_on(&self, chatbot: &str, message: Bytes) -> Answer {
        let message = if message.is_empty() { Bytes::from_static(b"{}") } else { message };
        if !serde_json::from_slice::<Value>(&message).is_ok_and(|message| message.is_object()) {
            return said(StatusCode::BAD_REQUEST, "the body is no JSON object");
        }
        match self.routes.lookup(chatbot) {
            Lookup::Found(route) => self.forward(chatbot, &route.uri, message).await,
            Lookup::Unknown => said(StatusCode::SERVICE_UNAVAILABLE, &self.why(chatbot).await),
            Lookup::Expired => said(StatusCode::SERVICE_UNAVAILABLE, "CentOps has been away for too long."),
            Lookup::NoTable => said(StatusCode::SERVICE_UNAVAILABLE, "There is no route table yet."),
        }
    }

    /// Why there is no route, as CentOps has it at this moment.
    async fn why(&self, chatbot: &str) -> String {
        let asked = tokio::time::timeout(WHY_TIMEOUT, self.routes.standing(chatbot)).await;
        match asked {
            Ok(Ok(Standing::NotEnrolled)) => format!("There is no chatbot {chatbot}."),
            Ok(Ok(Standing::NotOnline { status, since })) => {
                format!("There is no route to {chatbot}: it is {status} since {since}.")
            }
            Ok(Ok(Standing::Online(_)) | Err(_)) | Err(_) => format!("There is no route to {chatbot}."),
        }
    }

    async fn forward(&self, chatbot: &str, uri: &str, message: Bytes) -> Answer {
        let began = Instant::now();
        let request = self.chatbots.post(uri).header(CONTENT_TYPE, "application/json").body(message);
        let answer = async {
            let response = request.timeout(MESSAGE_TIMEOUT).send().await?;
            Ok::<_, reqwest::Error>((response.status(), response.text().await?))
        };
        match answer.await {
            Ok((status, text)) => {
                let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.reporter.add(
                    chatbot,
                    Timestamp::now(),
                    Outcome::Answered { status: status.as_u16(), duration_ms },
                );
                (status, json!({"chatbot": chatbot, "answer": text}))
            }
            Err(error) if error.is_timeout() => {
                self.reporter.add(chatbot, Timestamp::now(), Outcome::Failed { error: "timeout" });
                said(StatusCode::GATEWAY_TIMEOUT, &format!("{chatbot} did not answer in time."))
            }
            Err(_) => {
                self.reporter.add(chatbot, Timestamp::now(), Outcome::Failed { error: "connection" });
                said(StatusCode::BAD_GATEWAY, &format!("{chatbot} could not be reached."))
            }
        }
    }
}

fn said(status: StatusCode, message: &str) -> Answer {
    (status, json!({ "message": message }))
}
