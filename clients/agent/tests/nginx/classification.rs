//! Each row of the table "What counts" of README.md.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use crate::fixture::{Fixture, OK};
use crate::support::bots::{Behaviour, Bot};
use crate::support::has_nginx;
use crate::support::nginx::free_port;

const CUT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 500\r\nConnection: close\r\n\r\nonly this";

/// The status that the sender gets, by chatbot.
const SENDER_STATUSES: [(&str, u16); 14] = [
    ("own-200", 200),
    ("own-404", 404),
    ("own-500", 500),
    ("own-502", 502),
    ("own-504", 504),
    ("refused", 502),
    ("no-tls", 502),
    ("closes", 502),
    ("hangs", 504),
    ("unresolved", 502),
    ("two-tries", 200),
    ("OWN-200", 200),
    ("nobody", 503),
    ("@revision", 503),
];

/// What CentOps gets, by chatbot.
const REPORTS: [(&str, &str); 12] = [
    ("own-200", "200×2"),
    ("own-404", "404×1"),
    ("own-500", "500×1"),
    ("own-502", "502×1"),
    ("own-504", "504×1"),
    ("refused", "connection×1"),
    ("no-tls", "connection×1"),
    ("closes", "connection×1"),
    ("hangs", "timeout×1"),
    ("unresolved", "connection×1"),
    ("two-tries", "200×1"),
    ("cut", "connection×1"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_of_line_is_classified() {
    if !has_nginx() {
        return;
    }
    let mut fixture = Fixture::new().await;
    put_chatbots(&fixture).await;
    fixture.start().await;
    for (name, status) in SENDER_STATUSES {
        assert_eq!(fixture.send(name).await, status, "{name}");
    }
    send_cut_and_own_answers(&fixture).await;
    give_up(&fixture, Duration::from_millis(300)).await;
    let status = fixture.wait_ledger(18).await;
    for (name, outcome) in REPORTS {
        println!("row {name}: {outcome}");
        let reported: Vec<_> =
            fixture.centops.of(name).into_iter().map(|(outcome, n)| format!("{outcome}×{n}")).collect();
        assert_eq!(reported, [outcome], "{name}");
    }
    let ignored = &status["log"]["ignored"];
    println!("rows not reported: {ignored}");
    assert_eq!(*ignored, json!({"no-route": 2, "own-answer": 2, "client-gone": 1}));
    assert_eq!(fixture.agent.text("/healthz").await.0, 200);
    assert!(fixture.agent.text("/metrics").await.1.contains("centops_agent_codes_total{outcome=\"connection\"} 5"));
    heartbeat_has_revision_and_version(&fixture).await;
    resolver_outage_is_not_reported(&fixture).await;
}

async fn put_chatbots(fixture: &Fixture) {
    for code in [200, 404, 500, 502, 504] {
        let answer = format!("HTTP/1.1 {code} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        fixture.centops.put(&format!("own-{code}"), &Bot::start(Behaviour::Answer(answer.leak())).await.uri());
    }
    let plain = Bot::start(Behaviour::Answer(OK)).await;
    let [cut, closes, hangs] = [Behaviour::Answer(CUT), Behaviour::Close, Behaviour::Hang];
    for (name, uri) in [
        ("cut", Bot::start(cut).await.uri()),
        ("closes", Bot::start(closes).await.uri()),
        ("hangs", Bot::start(hangs).await.uri()),
        ("refused", format!("http://127.0.0.1:{}/", free_port())),
        ("no-tls", format!("https://127.0.0.1:{}/", plain.port)),
        ("unresolved", "http://nothing.test/".to_owned()),
        ("two-tries", format!("http://two.test:{}/", plain.port)),
        ("by-name", format!("http://works.test:{}/", plain.port)),
    ] {
        fixture.centops.put(name, &uri);
    }
}

/// A cut body, and answers of nginx itself.
async fn send_cut_and_own_answers(fixture: &Fixture) {
    let request = fixture.http.post(fixture.nginx.url()).header("X-Send-To", "cut").body("{}");
    request.send().await.expect("a header").bytes().await.expect_err("a cut body");
    let (large, get) =
        (fixture.http.post(fixture.nginx.url()).body("x".repeat(5000)), fixture.http.get(fixture.nginx.url()));
    for (request, status) in [(large, 413), (get, 403)] {
        let response = request.header("X-Send-To", "own-200").send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), status);
    }
}

/// The first report of the agent is a heartbeat: there was no message yet.
async fn heartbeat_has_revision_and_version(fixture: &Fixture) {
    let heartbeats = fixture.centops.heartbeats.lock().expect("not poisoned").clone();
    let first: &Value = heartbeats.first().expect("a heartbeat");
    assert_eq!((&first["codes"], &first["clientVersion"]), (&json!([]), &json!(env!("CARGO_PKG_VERSION"))));
    let revision = fixture.agent.status().await["nginx"]["servedRevision"].clone();
    assert_eq!(*fixture.centops.last_revision.lock().expect("not poisoned"), revision);
}

/// Closes the connection to a chatbot that hangs, on the port where nginx minds.
async fn give_up(fixture: &Fixture, after: Duration) {
    let url = format!("http://127.0.0.1:{}/messages", fixture.nginx.impatient_port);
    let request = fixture.http.post(url).header("X-Send-To", "hangs").body("{}").timeout(after);
    request.send().await.expect_err("a timeout");
}

async fn resolver_outage_is_not_reported(fixture: &Fixture) {
    // No name has resolved for longer than the window of ten seconds by then.
    tokio::time::sleep(Duration::from_secs(11)).await;
    fixture.dns.is_broken.store(true, Ordering::Relaxed);
    let answers = tokio::join!(fixture.send("unresolved"), fixture.send("by-name"));
    assert_eq!(answers, (502, 502));
    let status = fixture.wait_ledger(20).await;
    assert_eq!(status["log"]["ignored"]["resolver"], 2);
    assert_eq!(fixture.centops.of("by-name"), []);
}
