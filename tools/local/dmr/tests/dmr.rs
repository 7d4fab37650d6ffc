//! The DMR with a stub of CentOps and of a chatbot.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use centops_dmr::clock::Clock;
use centops_dmr::dmr::Dmr;
use centops_dmr::server;
use centops_report::{Limits, Recorder, Reporter, Spool};
use centops_routes::simulation::{Signer, SimulatedNetwork};
use centops_routes::{Config, KeySource, Keys, RouteClient, RouteRequest, RouteResponse};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

/// A received report: its idempotency key and its codes.
type Report = (String, Value);

/// A stub of CentOps and of a chatbot on one port.
struct Stub {
    network: Mutex<SimulatedNetwork>,
    reports: Mutex<Vec<Report>>,
    /// The statuses of the next responses to reports, the last one first; 202 if empty.
    statuses: Mutex<Vec<u16>>,
}

struct Fixture {
    stub: Arc<Stub>,
    routes: Arc<RouteClient>,
    recorder: Arc<Recorder>,
    url: String,
    http: Client,
}

impl Fixture {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
        let mut network = SimulatedNetwork::new(Signer::new().expect("a key"), Timestamp::UNIX_EPOCH);
        network.put("healthy", &format!("http://{address}/chatbot"), Timestamp::UNIX_EPOCH);
        network.put("unreachable", &format!("http://{closed}/chatbot"), Timestamp::UNIX_EPOCH);
        let keys = Keys::from_jwks(network.jwks().as_bytes()).expect("keys");
        let stub =
            Arc::new(Stub { network: Mutex::new(network), reports: Mutex::default(), statuses: Mutex::default() });
        tokio::spawn(accept(listener, Arc::clone(&stub)));

        let base: Url = format!("http://{address}").parse().expect("an address");
        let interval = std::time::Duration::from_hours(1);
        let config = Config { keys: KeySource::Pinned(keys), interval, ..Config::new(base.clone()) };
        let routes = Arc::new(RouteClient::start(config).await.expect("a valid configuration"));
        let http = Client::builder().no_proxy().build().expect("a client");
        let (codes_url, spool) = (base.join("codes").expect("an address"), Spool::in_memory(Limits::default()));
        let reporter = Arc::new(Reporter::new(http.clone(), codes_url, "1.0.0", Arc::new(spool)));
        let recorder = Arc::new(Recorder::new(reporter));
        let dmr = Dmr::new(Arc::clone(&routes), Arc::clone(&recorder), http.clone());
        let dmr = Arc::new(dmr.with_adjustable_clock(Arc::new(Clock::default())));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(server::serve(listener, dmr, std::future::pending()));
        routes.refresh().await.expect("a table");
        Self { stub, routes, recorder, url, http }
    }

    async fn send_message(&self, chatbot: &str, message: &'static str) -> (u16, Value) {
        let request = self.http.post(format!("{}/messages/{chatbot}", self.url)).body(message);
        let response = request.send().await.expect("a response");
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON"))
    }

    /// Stores all outcomes and sends the oldest batch once.
    async fn flush(&self) {
        self.recorder.store(None).expect("stored");
        self.recorder.reporter().send_next().await.expect("a spool");
    }

    async fn table(&self) -> Value {
        let response = self.http.get(format!("{}/table", self.url)).send().await.expect("a response");
        serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON")
    }
}

async fn accept(listener: TcpListener, stub: Arc<Stub>) {
    while let Ok((stream, _)) = listener.accept().await {
        let stub = Arc::clone(&stub);
        let service = service_fn(move |request| respond(Arc::clone(&stub), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn respond(stub: Arc<Stub>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    let plain =
        |status: u16, body: String| Response::builder().status(status).body(Full::from(body)).expect("a response");
    Ok(match head.uri.path() {
        "/chatbot" => plain(201, format!("received {}", String::from_utf8_lossy(&body))),
        "/codes" => {
            let key = head.headers["idempotency-key"].to_str().expect("text").to_owned();
            let codes: Value = serde_json::from_slice(&body).expect("JSON");
            stub.reports.lock().expect("not poisoned").push((key, codes["codes"].clone()));
            plain(stub.statuses.lock().expect("not poisoned").pop().unwrap_or(202), String::new())
        }
        "/routes/offline" => plain(409, r#"{"chatbotStatus":"Offline","since":"2026-11-21T09:00:00Z"}"#.to_owned()),
        "/routes" if head.uri.query().is_some() => plain(304, String::new()),
        "/routes" => {
            match stub.network.lock().expect("not poisoned").respond(RouteRequest::FullTable).expect("a response") {
                RouteResponse::FullTable(pages) => {
                    let page = pages.into_iter().next().expect("a page");
                    let mut response = Response::new(Full::from(page.body.to_vec()));
                    response.headers_mut().insert("centops-signature", page.signature.parse().expect("a header"));
                    response
                }
                _ => plain(500, String::new()),
            }
        }
        _ => plain(404, "{}".to_owned()),
    })
}

#[tokio::test]
async fn message_is_forwarded_and_its_code_reported_with_one_idempotency_key() {
    let fixture = Fixture::start().await;
    let (status, response) = fixture.send_message("healthy", r#"{"text":"hello"}"#).await;
    assert_eq!(status, 201);
    assert_eq!(response, json!({"chatbot": "healthy", "answer": r#"received {"text":"hello"}"#}));
    let (status, response) = fixture.send_message("unreachable", "{}").await;
    assert_eq!((status, response), (502, json!({"message": "Chatbot unreachable is unreachable."})));

    *fixture.stub.statuses.lock().expect("not poisoned") = vec![429, 503];
    for _ in 0..4 {
        fixture.flush().await;
    }
    let reports = fixture.stub.reports.lock().expect("not poisoned").clone();
    assert_eq!(reports.len(), 3, "rejected twice, accepted once, then the queue is empty");
    assert!(reports.iter().all(|report| *report == reports[0]), "{reports:?}");
    let codes = &reports[0].1;
    assert_eq!((&codes[0]["chatbot"], &codes[0]["status"]), (&json!("healthy"), &json!(201)));
    assert!(codes[0]["durationMs"].is_u64() && codes[0]["at"].is_string(), "{codes}");
    assert_eq!((&codes[1]["chatbot"], &codes[1]["error"]), (&json!("unreachable"), &json!("connection")));
    assert_eq!(fixture.table().await["codesReported"], 2);
}

#[tokio::test]
async fn heartbeat_is_sent_when_there_is_nothing_to_report() {
    let fixture = Fixture::start().await;
    let running = Arc::clone(&fixture.recorder).run(|| Some(7));
    tokio::time::timeout(std::time::Duration::from_millis(500), running).await.expect_err("it runs for ever");
    let reports = fixture.stub.reports.lock().expect("not poisoned").clone();
    assert_eq!(reports.len(), 1, "one in half a minute");
    assert_eq!(reports[0].1, json!([]));
}

#[tokio::test]
async fn rejected_batch_is_not_sent_again() {
    let fixture = Fixture::start().await;
    fixture.send_message("healthy", "{}").await;
    *fixture.stub.statuses.lock().expect("not poisoned") = vec![400];
    fixture.flush().await;
    fixture.flush().await;
    assert_eq!(fixture.stub.reports.lock().expect("not poisoned").len(), 1);
    assert_eq!(fixture.recorder.reporter().spool().status().counts.accepted, 0);
    let table = fixture.table().await;
    assert_eq!((&table["codesReported"], &table["codesDropped"]["rejected"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn codes_have_the_time_of_a_clock_that_is_set_wrong() {
    let fixture = Fixture::start().await;
    let set = async |body: &'static str| {
        let response = fixture.http.put(format!("{}/clock", fixture.url)).body(body).send().await.expect("a response");
        response.status().as_u16()
    };
    for (body, seconds) in [(r#"{"offsetSeconds": 5}"#, 5), (r#"{"offsetSeconds": -5}"#, -5)] {
        assert_eq!(set(body).await, 200);
        let before = Timestamp::now();
        fixture.send_message("healthy", "{}").await;
        let after = Timestamp::now();
        fixture.flush().await;
        let report = fixture.stub.reports.lock().expect("not poisoned").pop().expect("a report");
        let at: Timestamp = report.1[0]["at"].as_str().expect("text").parse().expect("a time");
        let offset = SignedDuration::from_secs(seconds);
        assert!((before + offset..=after + offset).contains(&at), "{seconds} s: {at} of {before}");
    }
    for body in ["", "5", r#"{"offsetSeconds": 1.5}"#, r#"{"offsetSeconds": 3601}"#] {
        assert_eq!(set(body).await, 400, "{body}");
    }
}

#[tokio::test]
async fn clock_cannot_be_set_without_the_option() {
    let fixture = Fixture::start().await;
    let dmr = Dmr::new(Arc::clone(&fixture.routes), Arc::clone(&fixture.recorder), fixture.http.clone());
    let (status, _) = dmr.handle(&Method::PUT, "/clock", Bytes::from_static(br#"{"offsetSeconds": 5}"#)).await;
    assert_eq!(status.as_u16(), 404);
}

#[tokio::test]
async fn returns_503_with_the_reason_for_a_chatbot_without_a_route() {
    let fixture = Fixture::start().await;
    for (chatbot, message) in [
        ("offline", "There is no route to offline: Offline since 2026-11-21T09:00:00Z."),
        ("nobody", "Chatbot nobody is not enrolled."),
    ] {
        assert_eq!(fixture.send_message(chatbot, "{}").await, (503, json!({ "message": message })));
    }
    assert_eq!(fixture.send_message("healthy", "no JSON").await.0, 400);
    assert_eq!(fixture.send_message("healthy", "[]").await.0, 400);
    let wrong_method = fixture.http.get(format!("{}/messages/healthy", fixture.url)).send().await.expect("a response");
    assert_eq!(wrong_method.status().as_u16(), 404);
    fixture.flush().await;
    assert!(fixture.stub.reports.lock().expect("not poisoned").is_empty());
}

#[tokio::test]
async fn table_has_its_routes_and_its_age() {
    let fixture = Fixture::start().await;
    let table = fixture.table().await;
    let names: Vec<_> = table["routes"].as_array().expect("routes").iter().map(|route| &route["name"]).collect();
    assert_eq!(names, ["healthy", "unreachable"]);
    assert_eq!((&table["revision"], &table["expired"]), (&json!(3), &json!(false)));
    assert!(table["ageSeconds"].is_u64() && table["fetchedAt"].is_string() && table["confirmedAt"].is_string());
    assert_eq!(table["refused"], Value::Null);
    assert_eq!(fixture.routes.status().revision, Some(3));
}
