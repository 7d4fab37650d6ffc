//! The page of a bot's owner, with a stub of both APIs of CentOps.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::{get, put};
use axum::{Json, Router};
use centops_client::Secret;
use network_bot::answer::Answerer;
use network_bot::centops::no_logs;
use network_bot::fault::Switch;
use network_bot::ledger::Ledger;
use network_bot::owner::{Access, router};
use network_bot::server::Bot;
use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

struct Fixture {
    page: SocketAddr,
    bot: Arc<Bot>,
    http: Client,
    /// The states that the bot asked for.
    states: mpsc::UnboundedReceiver<Value>,
    folder: TempDir,
}

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// A stub of both APIs: it knows `maks`, the token and the API key.
async fn centops(states: mpsc::UnboundedSender<Value>) -> SocketAddr {
    let is_owner =
        |headers: &HeaderMap| headers.get("authorization").is_some_and(|value| value == "Bearer owner-token");
    let read = async move |Path((name, part)): Path<(String, String)>, headers: HeaderMap| {
        let body = match part.as_str() {
            _ if name != "maks" => return StatusCode::NOT_FOUND.into_response(),
            _ if !is_owner(&headers) => return StatusCode::FORBIDDEN.into_response(),
            "health" => json!({"cause": {"kind": "failing"}, "nextProbe": "2026-11-28T09:01:00Z"}),
            _ => json!({"entries": [{"at": "2026-11-28T09:00:00Z", "level": "error", "message": "failed"}]}),
        };
        Json(body).into_response()
    };
    let chatbot = async |Path(name): Path<String>| {
        Json(json!({"name": name, "status": "Offline", "statusSince": "2026-11-28T09:00:00Z"}))
    };
    let set = async |State(states): State<mpsc::UnboundedSender<Value>>,
                     headers: HeaderMap,
                     Json(state): Json<Value>| {
        if headers.get("x-api-key").is_none_or(|key| key != "abcdef.secret") {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let is_refused = state == "Active";
        states.send(state).expect("a receiver");
        let conflict = json!({"type": "about:blank", "title": "Conflict", "detail": "An administrator controls it."});
        if is_refused {
            (StatusCode::CONFLICT, Json(conflict)).into_response()
        } else {
            Json(json!({"id": "maks", "status": "Disabled"})).into_response()
        }
    };
    let app = Router::new()
        .route("/chatbots/{name}", get(chatbot))
        .route("/chatbots/{name}/{part}", get(read))
        .route("/public/participants/my/state", put(set));
    serve(app.with_state(states)).await
}

async fn start() -> Fixture {
    let (sender, states) = mpsc::unbounded_channel();
    let centops = centops(sender).await;
    let folder = tempfile::tempdir().expect("a folder");
    let token = folder.path().join("token");
    std::fs::write(&token, "owner-token\n").expect("written");
    let bots = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../bots/maks");
    let http = Client::builder().no_proxy().build().expect("a client");
    let bot = Arc::new(Bot {
        name: "maks".to_owned(),
        answerer: Answerer::load(&bots, Some(folder.path().join("edits.json")), |_| None).expect("a folder"),
        switch: Switch::default(),
        ledger: Ledger::open(None).expect("no file"),
        logs: no_logs(),
        dmr: None,
        http: http.clone(),
    });
    let key = rcgen::KeyPair::generate().expect("a key");
    let certificate = rcgen::CertificateParams::default().self_signed(&key).expect("a certificate").pem();
    let access = Access {
        admin: format!("http://{centops}").parse().expect("a URL"),
        token,
        network: format!("http://{centops}").parse().expect("a URL"),
        identity: Secret::new(&format!("{certificate}\n{}", key.serialize_pem())),
        authorities: certificate.into_bytes(),
        api_key: Secret::new("abcdef.secret"),
    };
    let page = serve(router(Arc::clone(&bot), access)).await;
    Fixture { page, bot, http, states, folder }
}

impl Fixture {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.page)
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let response = self.http.get(self.url(path)).send().await.expect("a response");
        (response.status(), response.json().await.unwrap_or_default())
    }

    async fn put(&self, path: &str, body: Value) -> (StatusCode, Value) {
        let response = self.http.put(self.url(path)).json(&body).send().await.expect("a response");
        (response.status(), response.json().await.unwrap_or_default())
    }
}

#[tokio::test]
async fn owner_sees_status_and_logs_and_why_not_without_a_token() {
    let fixture = start().await;
    let (status, state) = fixture.get("/state").await;
    assert_eq!(status, StatusCode::OK, "{state}");
    assert_eq!((&state["status"], &state["cause"]["kind"]), (&json!("Offline"), &json!("failing")));
    assert_eq!(state["logs"][0]["message"], "failed");
    std::fs::write(fixture.folder.path().join("token"), "another").expect("written");
    assert_eq!(fixture.get("/state").await.0, StatusCode::BAD_GATEWAY);
    std::fs::remove_file(fixture.folder.path().join("token")).expect("removed");
    let (status, answer) = fixture.get("/state").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer["message"].as_str().is_some_and(|text| text.starts_with("cannot read the token")), "{answer}");
}

#[tokio::test]
async fn bot_leaves_the_network_and_a_refusal_is_shown() {
    let mut fixture = start().await;
    assert_eq!(fixture.put("/state", json!({"state": "Disabled"})).await.0, StatusCode::NO_CONTENT);
    assert_eq!(fixture.states.recv().await, Some(json!("Disabled")));
    let (status, answer) = fixture.put("/state", json!({"state": "Active"})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(answer["message"].as_str().is_some_and(|text| text.contains("An administrator controls it")), "{answer}");
    assert_eq!(fixture.put("/state", json!({"state": "Deleted"})).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn changed_response_is_what_the_bot_says() {
    let fixture = start().await;
    let mut edit = fixture.get("/responses").await.1["responses"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["response"] == "utter_land_tax" && one["language"] == "et").cloned())
        .expect("a response");
    edit["text"] = json!("Maamaks on muutunud.");
    assert_eq!(fixture.put("/responses", edit.clone()).await.0, StatusCode::NO_CONTENT);
    let answer = fixture.bot.answerer.answer("/land_tax", Some(network_understanding::Language::Et)).await;
    assert_eq!(answer.replies[0].text, "Maamaks on muutunud.");
    edit["text"] = json!("{amount} eurot");
    assert_eq!(fixture.put("/responses", edit.clone()).await.0, StatusCode::BAD_REQUEST);
    edit["response"] = json!("utter_none");
    assert_eq!(fixture.put("/responses", edit).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn other_names_of_the_machine_and_forms_of_other_pages_are_refused() {
    let fixture = start().await;
    for host in ["centops.example.ee", "127.0.0.1.example.ee:80", ""] {
        let request = fixture.http.get(fixture.url("/responses")).header("Host", host);
        assert_eq!(request.send().await.expect("a response").status(), StatusCode::FORBIDDEN, "{host:?}");
    }
    let form = fixture.http.put(fixture.url("/state")).header("Content-Type", "text/plain");
    let answer = form.body(r#"{"state": "Disabled"}"#).send().await.expect("a response");
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
