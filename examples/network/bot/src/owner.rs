//! The page of the bot's owner, on this machine only: status and logs from CentOps, the texts of responses, and whether the
//! bot takes part in routing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use centops_client::{Client, ClientError, Secret, Settings};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::{JoinError, spawn_blocking};
use url::Url;

use crate::edits::{Edit, EditError};
use crate::server::Bot;

const PAGE: &str = include_str!("../owner/index.html");
const SCRIPT: &str = include_str!("../owner/owner.js");
const STYLE: &str = include_str!("../owner/owner.css");
/// What the page may load and do: its own files and requests, no others.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// A person waits.
const TIMEOUT: Duration = Duration::from_secs(10);
const LOG_ENTRIES: u32 = 20;

/// How the page reaches CentOps.
#[derive(Clone, Debug)]
pub struct Access {
    /// The base URL of the Admin API.
    pub admin: Url,
    /// The file with the owner's bearer token. It is read at each request: whoever renews the token replaces the file.
    pub token: PathBuf,
    /// The base URL of the Network API.
    pub network: Url,
    /// The bot's certificate and key, in PEM.
    pub identity: Secret,
    /// The authorities of the Network API, in PEM.
    pub authorities: Vec<u8>,
    /// The bot's API key, which the operation `set-own-state` needs.
    pub api_key: Secret,
}

/// An error that the owner sees.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// The token cannot be read.
    #[error("cannot read the token {path}: {1}", path = .0.display())]
    Token(PathBuf, std::io::Error),
    /// CentOps refuses, or is not reached.
    #[error("CentOps: {0}")]
    CentOps(#[from] ClientError),
    /// The text is not changed.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The change was interrupted.
    #[error("the change was interrupted: {0}")]
    Interrupted(#[from] JoinError),
}

impl OwnerError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Edit(EditError::Length | EditError::Placeholder(_)) => StatusCode::BAD_REQUEST,
            Self::Edit(EditError::Unknown(..)) => StatusCode::NOT_FOUND,
            Self::CentOps(error) if error.status() == Some(409) => StatusCode::CONFLICT,
            Self::CentOps(_) => StatusCode::BAD_GATEWAY,
            Self::Token(..) | Self::Edit(_) | Self::Interrupted(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for OwnerError {
    fn into_response(self) -> Response {
        (self.status(), Json(json!({ "message": self.to_string() }))).into_response()
    }
}

/// The owner's page of one bot.
struct Owner {
    bot: Arc<Bot>,
    access: Access,
    /// The Network API with the bot's certificate.
    network: Client,
}

/// Whether the bot takes part in routing, as `PUT /public/participants/my/state` has it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
enum Participation {
    Active,
    Disabled,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewState {
    state: Participation,
}

/// Returns the routes of the page.
pub fn router(bot: Arc<Bot>, access: Access) -> Router {
    let network = Client::new(Settings {
        network: Some(access.network.clone()),
        identity: Some(access.identity.clone()),
        authorities: Some(access.authorities.clone()),
        api_key: Some(access.api_key.clone()),
        ..settings()
    });
    let file = |kind: &'static str, text: &'static str| {
        get(async move || {
            let headers = [
                (header::CONTENT_TYPE, kind),
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (headers, text)
        })
    };
    Router::new()
        .route("/", file("text/html; charset=utf-8", PAGE))
        .route("/owner.js", file("text/javascript; charset=utf-8", SCRIPT))
        .route("/owner.css", file("text/css; charset=utf-8", STYLE))
        .route("/state", get(state).put(set_state))
        .route("/responses", get(responses).put(edit))
        .layer(from_fn(for_this_machine))
        .with_state(Arc::new(Owner { bot, access, network }))
}

/// One attempt: the page shows an error, and the owner repeats the request.
fn settings() -> Settings {
    Settings { timeout: TIMEOUT, attempts: 1, ..Settings::default() }
}

/// Refuses requests by another name of this machine: a page elsewhere could have its own name lead here (DNS rebinding).
/// Requests of other pages with a body of JSON need a permission (CORS) that is never given.
async fn for_this_machine(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = host.and_then(|host| host.parse::<Authority>().ok());
    if authority.is_some_and(|authority| matches!(authority.host(), "127.0.0.1" | "[::1]" | "localhost")) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, Json(json!({"message": "Use the address of this machine."}))).into_response()
    }
}

/// Returns the status and the newest log entries of the bot, as CentOps has them.
async fn state(State(owner): State<Arc<Owner>>) -> Result<Json<Value>, OwnerError> {
    let (client, name) = (owner.admin()?, owner.bot.name.as_str());
    let chatbot = client.get_chatbot(name).send().await?.body;
    let health = client.get_chatbot_health(name).untyped().send().await?.body;
    let logs = client.list_logs(name).query("limit", LOG_ENTRIES).send().await?.body;
    Ok(Json(json!({
        "name": name, "status": chatbot["status"], "since": chatbot["statusSince"], "cause": health["cause"],
        "control": health["control"], "nextProbe": health["nextProbe"], "logs": logs["entries"],
    })))
}

/// Takes the bot out of routing, or lets it follow its health again.
async fn set_state(State(owner): State<Arc<Owner>>, Json(new): Json<NewState>) -> Result<StatusCode, OwnerError> {
    owner.network.set_own_state(&new.state).send().await?;
    tracing::info!(state = ?new.state, "state in the network set by the owner");
    Ok(StatusCode::NO_CONTENT)
}

async fn responses(State(owner): State<Arc<Owner>>) -> Json<Value> {
    Json(json!({ "responses": owner.bot.answerer.responses().list() }))
}

async fn edit(State(owner): State<Arc<Owner>>, Json(edit): Json<Edit>) -> Result<StatusCode, OwnerError> {
    spawn_blocking(move || {
        let Edit { response, language, .. } = &edit;
        owner.bot.answerer.responses().edit(&edit)?;
        tracing::info!(response, language, "response changed by the owner");
        Ok::<_, EditError>(())
    })
    .await??;
    Ok(StatusCode::NO_CONTENT)
}

impl Owner {
    fn admin(&self) -> Result<Client, OwnerError> {
        let token = read_token(&self.access.token)?;
        Ok(Client::new(Settings { admin: Some(self.access.admin.clone()), token: Some(token), ..settings() }))
    }
}

fn read_token(path: &Path) -> Result<Secret, OwnerError> {
    let text = std::fs::read_to_string(path).map_err(|error| OwnerError::Token(path.to_owned(), error))?;
    Ok(Secret::new(&text))
}
