//! The DMR between a CentOps and a chatbot of this machine.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use centops_dmr::report::Reporter;
use centops_dmr::room::Room;
use centops_dmr::server;
use centops_routes::keeper::{Answer, Ask};
use centops_routes::simulation::{Network, Signer};
use centops_routes::{Config, KeySource, Keys, Routes};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

/// A report of codes as it came: its key and its codes.
type Report = (String, Value);

/// CentOps and a chatbot behind one port.
struct World {
    network: Mutex<Network>,
    reports: Mutex<Vec<Report>>,
    /// What the next reports are answered; 202 when there is nothing left.
    answers: Mutex<Vec<u16>>,
}

struct Stand {
    world: Arc<World>,
    routes: Arc<Routes>,
    reporter: Arc<Reporter>,
    dmr: String,
    http: Client,
}

impl Stand {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let dead = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
        let mut network = Network::new(Signer::new().expect("a key"), Timestamp::UNIX_EPOCH);
        network.put("well", &format!("http://{address}/chatbot"), Timestamp::UNIX_EPOCH);
        network.put("dead", &format!("http://{dead}/chatbot"), Timestamp::UNIX_EPOCH);
        let keys = Keys::from_jwks(network.jwks().as_bytes()).expect("keys");
        let world =
            Arc::new(World { network: Mutex::new(network), reports: Mutex::default(), answers: Mutex::default() });
        tokio::spawn(accept(listener, Arc::clone(&world)));

        let base: Url = format!("http://{address}").parse().expect("an address");
        let interval = std::time::Duration::from_hours(1);
        let config = Config { keys: KeySource::Pinned(keys), interval, ..Config::new(base.clone()) };
        let routes = Arc::new(Routes::start(config).await.expect("it starts"));
        let http = Client::builder().no_proxy().build().expect("a client");
        let reporter = Arc::new(Reporter::new(http.clone(), base.join("codes").expect("an address")));
        let room = Arc::new(Room::new(Arc::clone(&routes), Arc::clone(&reporter), http.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let dmr = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(server::serve(listener, room, std::future::pending()));
        routes.refresh().await.expect("a table");
        Self { world, routes, reporter, dmr, http }
    }

    async fn say(&self, chatbot: &str, message: &'static str) -> (u16, Value) {
        let request = self.http.post(format!("{}/messages/{chatbot}", self.dmr)).body(message);
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON"))
    }

    async fn table(&self) -> Value {
        let response = self.http.get(format!("{}/table", self.dmr)).send().await.expect("an answer");
        serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON")
    }
}

async fn accept(listener: TcpListener, world: Arc<World>) {
    while let Ok((stream, _)) = listener.accept().await {
        let world = Arc::clone(&world);
        let service = service_fn(move |request| answer(Arc::clone(&world), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(world: Arc<World>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let plain =
        |status: u16, body: String| Response::builder().status(status).body(Full::from(body)).expect("a response");
    Ok(match head.uri.path() {
        "/chatbot" => plain(201, format!("heard {}", String::from_utf8_lossy(&body))),
        "/codes" => {
            let key = head.headers["idempotency-key"].to_str().expect("text").to_owned();
            let codes: Value = serde_json::from_slice(&body).expect("JSON");
            world.reports.lock().expect("not poisoned").push((key, codes["codes"].clone()));
            plain(world.answers.lock().expect("not poisoned").pop().unwrap_or(202), String::new())
        }
        "/routes/asleep" => plain(409, r#"{"chatbotStatus":"Offline","since":"2026-11-21T09:00:00Z"}"#.to_owned()),
        "/routes" if head.uri.query().is_some() => plain(304, String::new()),
        "/routes" => match world.network.lock().expect("not poisoned").answer(Ask::Whole).expect("an answer") {
            Answer::Whole(pages) => {
                let page = pages.into_iter().next().expect("a page");
                let mut response = Response::new(Full::from(page.body.to_vec()));
                response.headers_mut().insert("centops-signature", page.signature.parse().expect("a header"));
                response
            }
            _ => plain(500, String::new()),
        },
        _ => plain(404, "{}".to_owned()),
    })
}

#[tokio::test]
async fn a_message_is_passed_on_and_its_code_reported_once_under_one_key() {
    let stand = Stand::start().await;
    let (status, answer) = stand.say("well", r#"{"text":"hello"}"#).await;
    assert_eq!(status, 201);
    assert_eq!(answer, json!({"chatbot": "well", "answer": r#"heard {"text":"hello"}"#}));
    let (status, answer) = stand.say("dead", "{}").await;
    assert_eq!((status, answer), (502, json!({"message": "dead could not be reached."})));

    *stand.world.answers.lock().expect("not poisoned") = vec![429, 503];
    for _ in 0..4 {
        stand.reporter.flush().await;
    }
    let reports = stand.world.reports.lock().expect("not poisoned").clone();
    assert_eq!(reports.len(), 3, "twice not taken, then taken, then there is nothing left");
    assert!(reports.iter().all(|report| *report == reports[0]), "{reports:?}");
    let codes = &reports[0].1;
    assert_eq!((&codes[0]["chatbot"], &codes[0]["status"]), (&json!("well"), &json!(201)));
    assert!(codes[0]["durationMs"].is_u64() && codes[0]["at"].is_string(), "{codes}");
    assert_eq!((&codes[1]["chatbot"], &codes[1]["error"]), (&json!("dead"), &json!("connection")));
    assert_eq!(stand.table().await["codesReported"], 2);
}

#[tokio::test]
async fn what_is_not_taken_for_good_is_not_sent_again() {
    let stand = Stand::start().await;
    stand.say("well", "{}").await;
    *stand.world.answers.lock().expect("not poisoned") = vec![400];
    stand.reporter.flush().await;
    stand.reporter.flush().await;
    assert_eq!(stand.world.reports.lock().expect("not poisoned").len(), 1);
    assert_eq!(stand.reporter.reported(), 0);
}

#[tokio::test]
async fn a_message_without_a_route_is_told_why() {
    let stand = Stand::start().await;
    for (chatbot, message) in [
        ("asleep", "There is no route to asleep: it is Offline since 2026-11-21T09:00:00Z."),
        ("nobody", "There is no chatbot nobody."),
    ] {
        assert_eq!(stand.say(chatbot, "{}").await, (503, json!({ "message": message })));
    }
    assert_eq!(stand.say("well", "no JSON").await.0, 400);
    assert_eq!(stand.say("well", "[]").await.0, 400);
    let other = stand.http.get(format!("{}/messages/well", stand.dmr)).send().await.expect("an answer");
    assert_eq!(other.status().as_u16(), 404);
    stand.reporter.flush().await;
    assert!(stand.world.reports.lock().expect("not poisoned").is_empty());
}

#[tokio::test]
async fn the_table_shows_its_routes_and_how_old_it_is() {
    let stand = Stand::start().await;
    let table = stand.table().await;
    let names: Vec<_> = table["routes"].as_array().expect("routes").iter().map(|route| &route["name"]).collect();
    assert_eq!(names, ["dead", "well"]);
    assert_eq!((&table["revision"], &table["expired"]), (&json!(3), &json!(false)));
    assert!(table["ageSeconds"].is_u64() && table["fetchedAt"].is_string() && table["confirmedAt"].is_string());
    assert_eq!(table["refused"], Value::Null);
    assert_eq!(stand.routes.status().revision, Some(3));
}
