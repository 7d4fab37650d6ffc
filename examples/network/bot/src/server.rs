//! The bot's HTTP server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::StreamExt as _;
use futures::future::ready;
use futures::stream;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use network_understanding::Language;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tracing::{error, info, warn};
use uuid::Uuid;

use crate::answer::{Answer, Answerer, Meaning};
use crate::centops::Logs;
use crate::fault::{Effect, Fault, Switch};
use crate::ledger::Ledger;
use crate::service::{ServiceHandler as _, Web, handler};

const HANG: Duration = Duration::from_hours(1);
const CUT_DELAY: Duration = Duration::from_millis(100);
const BIND_DELAY: Duration = Duration::from_millis(100);
const REPLY_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest message, in characters.
const LONGEST: usize = 2000;

/// A running bot.
pub struct Bot {
    /// Its name.
    pub name: String,
    /// Answers messages.
    pub answerer: Answerer,
    /// The fault.
    pub switch: Switch,
    /// The ledger.
    pub ledger: Ledger,
    /// Log entries for CentOps.
    pub logs: Logs,
    /// The base URL of a DMR of the first generation, for replies.
    pub dmr: Option<String>,
    /// Sends replies.
    pub http: reqwest::Client,
}

#[derive(Deserialize)]
struct Message {
    sender: String,
    #[serde(rename = "message")]
    text: String,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    language: Option<String>,
}

#[derive(Deserialize)]
struct Channel {
    #[serde(default = "web")]
    service: String,
}

fn web() -> String {
    "web".to_owned()
}

/// Serves the bot on `address`, for ever. While the fault is [`Fault::Refuse`] nothing listens.
///
/// # Errors
/// Returns an error if the address cannot be used at the start.
pub async fn serve(address: SocketAddr, bot: Arc<Bot>) -> std::io::Result<()> {
    let mut listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let app = router(Arc::clone(&bot));
    loop {
        let mut connections = JoinSet::new();
        let accepting = async {
            loop {
                match listener.accept().await {
                    Ok((stream, peer)) if is_cut_off(&bot.switch, peer) => drop(stream),
                    Ok((stream, _)) => {
                        connections.spawn(connection(stream, app.clone()));
                        while connections.try_join_next().is_some() {}
                    }
                    Err(error) => warn!(%error, "failed to accept a connection"),
                }
            }
        };
        tokio::select! {
            () = accepting => {}
            () = bot.switch.wait_for(|fault| *fault == Fault::Refuse) => {}
        }
        drop(listener);
        connections.shutdown().await;
        bot.switch.wait_for(|fault| *fault != Fault::Refuse).await;
        listener = loop {
            match TcpListener::bind(address).await {
                Ok(listener) => break listener,
                Err(error) => warn!(%error, "failed to listen again"),
            }
            tokio::time::sleep(BIND_DELAY).await;
        };
    }
}

fn is_cut_off(switch: &Switch, peer: SocketAddr) -> bool {
    matches!(switch.current(), Fault::Partition { from } if from == peer.ip())
}

async fn connection(stream: TcpStream, app: Router) {
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app));
    if let Err(error) = served.await {
        tracing::debug!(%error, "connection closed with an error");
    }
}

/// Returns the routes of a bot.
pub fn router(bot: Arc<Bot>) -> Router {
    Router::new()
        .route("/webhooks/rest/webhook", post(webhook))
        .route("/dmr-api/messages", post(dmr_message))
        .route("/health", get(async || Json(json!({"status": "ok"}))))
        .route("/healthz", get(health))
        .layer(from_fn_with_state(Arc::clone(&bot), with_fault))
        .with_state(bot)
}

/// Applies the fault to a request, and writes the ledger: an answer when it is made, a fault when it begins.
async fn with_fault(State(bot): State<Arc<Bot>>, request: Request, next: Next) -> Response {
    let is_message = request.uri().path() == "/webhooks/rest/webhook";
    let record = |outcome| {
        if let Some(error) = is_message.then(|| bot.ledger.write(outcome)).and_then(Result::err) {
            error!(%error, "failed to write the ledger");
        }
    };
    match bot.switch.effect() {
        Effect::Answer => {
            let response = next.run(request).await;
            record("answered");
            response
        }
        Effect::Error => {
            record("failed");
            if is_message {
                bot.logs.add("error", "The message could not be answered: the intent engine failed.");
            }
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"message": "failed"}))).into_response()
        }
        Effect::Delay(time) => {
            record("delayed");
            tokio::time::sleep(time).await;
            next.run(request).await
        }
        Effect::Hang => {
            record("hung");
            tokio::time::sleep(HANG).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
        Effect::Cut => {
            record("cut");
            cut_body()
        }
    }
}

/// Returns a body that ends before its length. The pause lets the header and the first part leave before.
fn cut_body() -> Response {
    let part = stream::once(ready(Ok(Bytes::from_static(b"[{\"recipient_id\":"))));
    let end = stream::once(async {
        tokio::time::sleep(CUT_DELAY).await;
        Err(std::io::Error::other("cut"))
    });
    let mut response = Response::new(Body::from_stream(part.chain(end)));
    response.headers_mut().insert(header::CONTENT_LENGTH, 500.into());
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

async fn health(State(bot): State<Arc<Bot>>) -> Json<Value> {
    Json(json!({"appName": bot.name, "version": concat!("v", env!("CARGO_PKG_VERSION"))}))
}

async fn webhook(State(bot): State<Arc<Bot>>, channel: Query<Channel>, body: Bytes) -> Response {
    let Some(service) = handler(&channel.service) else {
        return refuse("The service must be web or slack.");
    };
    let message: Message = match serde_json::from_slice(&body) {
        Ok(message) => message,
        Err(error) => return refuse(&format!("The body must be {{\"sender\", \"message\"}}: {error}")),
    };
    if message.text.chars().count() > LONGEST {
        return refuse(&format!("The message must have at most {LONGEST} characters."));
    }
    let language = message.metadata.language.as_deref().and_then(|language| language.parse().ok());
    let answer = bot.answer(&message.text, language).await;
    Json(service.render(&message.sender, &answer.replies)).into_response()
}

fn refuse(text: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "message": text }))).into_response()
}

impl Bot {
    async fn answer(&self, message: &str, language: Option<Language>) -> Answer {
        let answer = self.answerer.answer(message, language).await;
        match &answer.meaning {
            Meaning::Understood(intent) => self.logs.add("info", &format!("Message answered: {intent}.")),
            Meaning::Asked => self.logs.add("info", "Message in doubt: the visitor was asked."),
            Meaning::Unknown => self.logs.add("info", "Message not understood."),
        }
        if let Some(error) = &answer.failed_integration {
            // A warning: the visitor got an answer, so the chatbot itself does not fail.
            self.logs.add("warning", &format!("Integration failed: {error}"));
        }
        answer
    }
}

/// Takes a message of a DMR of the first generation: 202 at once, then the reply through the DMR. A message that is a reply
/// itself (`X-Message-Id-Ref`) is not answered, so that two bots never answer each other for ever.
async fn dmr_message(State(bot): State<Arc<Bot>>, headers: HeaderMap, body: Bytes) -> Response {
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (Some(sender), Some(id)) = (value("x-sent-by"), value("x-message-id")) else {
        return refuse("X-Sent-By and X-Message-Id are required.");
    };
    let text = String::from_utf8_lossy(&body).into_owned();
    if value("x-message-id-ref").is_none() {
        tokio::spawn(async move {
            let answer = bot.answer(&text, None).await;
            bot.reply(&sender, &id, &Web.render(&sender, &answer.replies)).await;
        });
    }
    StatusCode::ACCEPTED.into_response()
}

impl Bot {
    async fn reply(&self, recipient: &str, reference: &str, body: &Value) {
        let Some(dmr) = &self.dmr else {
            warn!(recipient, "reply dropped: no DMR is set");
            return;
        };
        let sent = self
            .http
            .post(format!("{dmr}/messages"))
            .header("X-Sent-By", &self.name)
            .header("X-Send-To", recipient)
            .header("X-Message-Id", Uuid::new_v4().to_string())
            .header("X-Message-Id-Ref", reference)
            .json(body)
            .timeout(REPLY_TIMEOUT)
            .send()
            .await;
        match sent {
            Ok(response) => info!(recipient, status = %response.status(), "reply sent"),
            Err(error) => warn!(recipient, %error, "failed to send a reply"),
        }
    }
}
