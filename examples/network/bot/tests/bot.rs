//! A bot on loopback, as a DMR sees it.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use network_bot::answer::Answerer;
use network_bot::centops::no_logs;
use network_bot::fault::{Fault, Switch};
use network_bot::ledger::Ledger;
use network_bot::server::{Bot, serve};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Far longer than any test takes; then it fails instead of waiting for ever.
const LIMIT: Duration = Duration::from_mins(1);

struct Fixture {
    address: SocketAddr,
    switch: Switch,
    http: Client,
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

async fn start(folder: &str, weather: Option<String>, dmr: Option<String>) -> Fixture {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../bots").join(folder);
    let variable = |name: &str| match name {
        "WEATHER_URL" => weather.clone(),
        "WEATHER_KEY" => Some("key".to_owned()),
        _ => None,
    };
    let answerer = Answerer::load(&path, None, variable).expect("a folder");
    let http = Client::builder().no_proxy().build().expect("a client");
    let switch = Switch::default();
    let ledger = Ledger::open(None).expect("no file");
    let bot = Bot {
        name: folder.to_owned(),
        answerer,
        switch: switch.clone(),
        ledger,
        logs: no_logs(),
        dmr,
        http: http.clone(),
    };
    let (listener, address) = listener().await;
    drop(listener);
    tokio::spawn(serve(address, Arc::new(bot)));
    until_connected(address, true).await;
    Fixture { address, switch, http }
}

/// Waits until connections to an address succeed or are refused. Each try is a round trip, so it needs no pause.
async fn until_connected(address: SocketAddr, expected: bool) {
    let connected = async {
        loop {
            match TcpStream::connect(address).await {
                Ok(_) if expected => return,
                Err(error) if !expected && error.kind() == ErrorKind::ConnectionRefused => return,
                Ok(_) | Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    timeout(LIMIT, connected).await.expect("the state of the listener changes");
}

impl Fixture {
    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn say(&self, message: &str) -> Value {
        let body = json!({"sender": "v1", "message": message});
        let response = self.http.post(self.url("/webhooks/rest/webhook")).json(&body).send().await.expect("a response");
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.expect("JSON")
    }
}

#[tokio::test]
async fn answers_as_rasa_does() {
    let bot = start("raamatukogu", None, None).await;
    let answer = bot.say("Kui kaua on Nõmme raamatukogu täna avatud?").await;
    assert_eq!(answer[0]["recipient_id"], "v1");
    assert!(answer[0]["text"].as_str().is_some_and(|text| text.starts_with("Nõmme: ")), "{answer}");
    assert_eq!(bot.say("asdf qwerty zzz").await, json!([{"recipient_id": "v1", "text": "UNKNOWN"}]));
}

#[tokio::test]
async fn doubt_is_a_question_whose_buttons_are_understood() {
    let bot = start("raamatukogu", None, None).await;
    let question = bot.say("I'd like to renew what I borrowed").await;
    let buttons = question[0]["buttons"].as_array().expect("buttons");
    assert!(buttons.len() >= 2, "{question}");
    assert_eq!(buttons[0]["payload"], "/renew_loan");
    let answer = bot.say("/renew_loan").await;
    assert!(answer[0]["text"].as_str().is_some_and(|text| text.contains("21")), "{answer}");
}

#[tokio::test]
async fn integration_fills_the_answer_and_its_failure_is_said() {
    let (listener, address) = listener().await;
    let weather = Router::new().route(
        "/weather",
        get(async |headers: HeaderMap| {
            assert_eq!(headers["x-api-key"], "key");
            Json(json!({"windMetresPerSecond": 7, "gustsMetresPerSecond": 12}))
        }),
    );
    let served = tokio::spawn(async move { axum::serve(listener, weather).await });
    let bot = start("ilm", Some(format!("http://{address}")), None).await;
    let answer = bot.say("Kui tugev on tuul Võrus?").await;
    assert_eq!(answer[0]["text"], "Võru: tuul 7 m/s, puhanguti 12 m/s.");
    let bot = start("ilm", Some("http://127.0.0.1:1".to_owned()), None).await;
    served.abort();
    let answer = bot.say("How strong is the wind?").await;
    assert!(answer[0]["text"].as_str().is_some_and(|text| text.contains("does not answer")), "{answer}");
}

#[tokio::test]
async fn reply_goes_through_the_dmr_and_a_reply_is_not_answered() {
    let (sender, mut received) = mpsc::unbounded_channel();
    let (listener, address) = listener().await;
    let record = async |State(sender): State<mpsc::UnboundedSender<HeaderMap>>, headers: HeaderMap| {
        sender.send(headers).expect("a receiver");
        StatusCode::ACCEPTED
    };
    let dmr = Router::new().route("/messages", post(record)).with_state(sender);
    tokio::spawn(async move { axum::serve(listener, dmr).await });
    let bot = start("maks", None, Some(format!("http://{address}"))).await;
    let send = async |id: &str, reference: Option<&str>| {
        let mut request =
            bot.http.post(bot.url("/dmr-api/messages")).header("X-Sent-By", "ilm").header("X-Message-Id", id);
        if let Some(reference) = reference {
            request = request.header("X-Message-Id-Ref", reference);
        }
        let response = request.body("Kui suur on maamaks?").send().await.expect("a response");
        assert_eq!(response.status(), StatusCode::ACCEPTED);
    };
    send("m1", Some("m0")).await;
    send("m2", None).await;
    let reply = timeout(LIMIT, received.recv()).await.expect("in time").expect("a reply");
    for (name, value) in [("x-message-id-ref", "m2"), ("x-send-to", "ilm"), ("x-sent-by", "maks")] {
        assert_eq!(reply[name], value);
    }
}

#[tokio::test]
async fn faults_are_what_they_say_and_end() {
    let bot = start("maks", None, None).await;
    let send = async || {
        let request =
            bot.http.post(bot.url("/webhooks/rest/webhook")).json(&json!({"sender": "v1", "message": "Tere"}));
        let response = request.send().await?;
        Ok::<_, reqwest::Error>((response.status(), response.text().await?))
    };
    bot.switch.set(Fault::Error);
    assert_eq!(send().await.expect("a response").0, StatusCode::INTERNAL_SERVER_ERROR);
    bot.switch.set(Fault::Cut);
    assert!(send().await.is_err_and(|error| error.is_body() || error.is_decode()));
    bot.switch.set(Fault::Refuse);
    until_connected(bot.address, false).await;
    assert!(send().await.is_err_and(|error| error.is_connect()));
    bot.switch.set(Fault::Partition { from: "127.0.0.1".parse().expect("an address") });
    until_connected(bot.address, true).await;
    assert!(send().await.is_err());
    bot.switch.set(Fault::None);
    assert_eq!(send().await.expect("a response").0, StatusCode::OK);
    let health =
        bot.http.get(bot.url("/healthz")).send().await.expect("a response").json::<Value>().await.expect("JSON");
    assert_eq!(health["appName"], "maks");
    assert!(health["version"].as_str().is_some_and(|version| version.starts_with('v')));
}
