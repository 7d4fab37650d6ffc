//! Tests of POST requests.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use centops_delivery::Delivery;
use centops_domain::notifications::Outcome;
use centops_signing::webhook::WebhookSecret;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::Instant,
};

use crate::{Fixture, answered, network::Listeners, now, url};

const ALLOWED: &str = "127.0.0.2/32";
const KEY: &str = "R0123456789ABCDEF0123456789abcde";

fn accepted(status: u16) -> Delivery {
    Delivery { outcome: answered(status), provider_id: None, error: None }
}

fn failed(outcome: Outcome, error: &str) -> Delivery {
    Delivery { outcome, provider_id: None, error: Some(error.to_owned()) }
}

fn response(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn json_is_posted() {
    let listeners = Listeners::answering(|_| response("202 Accepted", "1")).await;
    let (fixture, port) = (Fixture::new(ALLOWED, listeners.port), listeners.port);
    let delivery = fixture.posts.post(&url(&format!("http://127.0.0.2:{port}/a?b=c")), "{\"õ\":1}", now()).await;
    assert_eq!(delivery, accepted(202));
    let seen = listeners.seen().await;
    let request = format!(
        "POST /a?b=c HTTP/1.1\r\ncontent-type: application/json\r\naccept: */*\r\nuser-agent: centops-notifications\r\n\
         host: 127.0.0.2:{port}\r\ncontent-length: 8\r\n\r\n{{\"õ\":1}}"
    );
    assert_eq!(seen.iter().map(|seen| &seen.received).collect::<Vec<_>>(), [&request]);
}

/// The vector of the reference libraries of Standard Webhooks.
#[tokio::test]
async fn webhook_is_signed() {
    let listeners = Listeners::answering(|_| response("204 No Content", "")).await;
    let fixture = Fixture::new(ALLOWED, listeners.port);
    let secret = BASE64_STANDARD.decode("C2FVsBQIhrscChlQIMV+b5sSYspob7oD").expect("base64");
    let secret = WebhookSecret::<24>::new(secret.try_into().expect("24 bytes"));
    let hook = url(&format!("http://127.0.0.2:{}/", listeners.port));
    let (id, body) = ("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", r#"{"email":"test@example.com","username":"test_user"}"#);
    assert_eq!(fixture.posts.post_signed(&hook, &secret, id, body, now()).await, accepted(204));
    let received = &listeners.seen().await[0].received;
    for line in [
        "webhook-id: msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        "webhook-timestamp: 1649367553",
        "webhook-signature: v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        "content-type: application/json",
    ] {
        assert!(received.contains(&format!("\r\n{line}\r\n")), "{line} in {received}");
    }
    assert!(received.ends_with(body));
    let refused = fixture.posts.post_signed(&hook, &secret, "a.b", body, now()).await;
    assert_eq!(refused.outcome, Outcome::Refused);
    assert_eq!(listeners.seen().await.len(), 1, "nothing is posted without a signature");
}

#[tokio::test]
async fn answer_is_the_outcome_and_its_text_the_error() {
    let asks = |status, seconds| Outcome::Answered { status, retry_after: Some(SignedDuration::from_secs(seconds)) };
    let long = "õ".repeat(5000);
    for (head, body, expected) in [
        ("200 OK", "anything", accepted(200)),
        ("299 Fine", "", accepted(299)),
        ("403 Forbidden", "", failed(answered(403), "answered 403:")),
        ("403 Forbidden", "no\r\n <b>+37255512345</b>", failed(answered(403), "answered 403: no <b>[phone]</b>")),
        ("404 Not Found", "no /services/T0/secret here", failed(answered(404), "answered 404: no *** here")),
        ("410 Gone", "gone", failed(answered(410), "answered 410: gone")),
        ("301 Moved\r\nlocation: http://127.0.0.2/", "", failed(answered(301), "answered 301:")),
        ("307 Moved\r\nlocation: /", "", failed(answered(307), "answered 307:")),
        ("429 Slow\r\nretry-after: 120", "slow", failed(asks(429, 120), "answered 429: slow")),
        (
            "503 Later\r\nretry-after: Thu, 07 Apr 2022 21:40:13 GMT",
            "later",
            failed(asks(503, 60), "answered 503: later"),
        ),
        ("503 Later\r\nretry-after: soon", "", failed(answered(503), "answered 503:")),
        ("500 Oops", &long, failed(answered(500), &format!("answered 500: {}", "õ".repeat(186)))),
    ] {
        let text = response(head, body);
        let listeners = Listeners::answering(move |_| text.clone()).await;
        let fixture = Fixture::new(ALLOWED, listeners.port);
        let hook = url(&format!("http://127.0.0.2:{}/services/T0/secret", listeners.port));
        assert_eq!(fixture.posts.post(&hook, "{}", now()).await, expected, "{head}");
        assert_eq!(listeners.seen().await.len(), 1, "{head}");
    }
}

#[tokio::test]
async fn receiver_that_does_not_exist_is_unreachable() {
    let fixture = Fixture::new(ALLOWED, 1);
    let unresolved = fixture.posts.post(&url("https://hooks.example.ee/secret"), "{}", now()).await;
    assert_eq!(unresolved, failed(Outcome::Unreachable, "cannot be reached: the name does not resolve"));
    let listener = TcpListener::bind("127.0.0.2:0").await.expect("a port");
    let closed = url(&format!("https://{}/secret", listener.local_addr().expect("an address")));
    drop(listener);
    let refused = fixture.posts.post(&closed, "{}", now()).await;
    let error = refused.error.expect("an error");
    assert_eq!(refused.outcome, Outcome::Unreachable);
    assert!(error.starts_with("cannot be reached: ") && !error.contains("secret"), "{error}");
}

#[tokio::test]
async fn body_without_end_is_not_read_to_its_end() {
    let listener = TcpListener::bind("127.0.0.2:0").await.expect("a port");
    let hook = url(&format!("http://{}/", listener.local_addr().expect("an address")));
    let server = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.expect("a connection");
        let _ = connection.read(&mut [0; 4096]).await;
        let mut sent = connection.write_all(b"HTTP/1.1 500 Oops\r\n\r\n").await;
        while sent.is_ok() {
            sent = connection.write_all(&[b'y'; 8192]).await;
        }
    });
    let fixture = Fixture::new(ALLOWED, 1);
    let delivery = tokio::time::timeout(Duration::from_secs(10), fixture.posts.post(&hook, "{}", now())).await;
    let delivery = delivery.expect("a delivery long before its timeout");
    assert_eq!(delivery.outcome, answered(500));
    server.await.expect("the connection is closed");
}

#[tokio::test(start_paused = true)]
async fn silent_receiver_has_15_seconds() {
    let listener = TcpListener::bind("127.0.0.2:0").await.expect("a port");
    let hook = url(&format!("http://{}/", listener.local_addr().expect("an address")));
    let (fixture, before) = (Fixture::new(ALLOWED, 1), Instant::now());
    let late = failed(Outcome::Unreachable, "did not answer in time");
    assert_eq!(fixture.posts.post(&hook, "{}", now()).await, late);
    assert_eq!(before.elapsed().as_secs(), 15);
}

#[tokio::test(start_paused = true)]
async fn slow_receiver_has_15_seconds_for_all_events_of_a_message() {
    let listener = TcpListener::bind("127.0.0.2:0").await.expect("a port");
    let fixture = Fixture::new(ALLOWED, listener.local_addr().expect("an address").port());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = connection.read(&mut [0; 4096]).await;
                tokio::time::sleep(Duration::from_secs(10)).await;
                let _ = connection.write_all(response("202 Accepted", "").as_bytes()).await;
            });
        }
    });
    let (events, before) = (json!((0..50).map(event).collect::<Vec<_>>()).to_string(), Instant::now());
    let late = failed(Outcome::Unreachable, "did not answer in time");
    assert_eq!(fixture.posts.post_events(KEY, &events, now()).await, late);
    assert_eq!(before.elapsed().as_secs(), 15);
}

/// Returns `PagerDuty`, which answers `answer(body)`, and the bodies that it gets.
async fn pagerduty(answer: impl Fn(&Value) -> String + Send + Sync + 'static) -> (Listeners, Arc<Mutex<Vec<Value>>>) {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&bodies);
    let listeners = Listeners::answering(move |request| {
        // The listener also hears of its own connections, which send no request.
        let Some((head, body)) = request.split_once("\r\n\r\n") else { return String::new() };
        assert!(head.starts_with("POST /v2/enqueue HTTP/1.1\r\n"), "{head}");
        let body = serde_json::from_str(body).expect("json");
        let answer = answer(&body);
        seen.lock().expect("bodies").push(body);
        answer
    })
    .await;
    (listeners, bodies)
}

fn event(key: usize) -> Value {
    json!({ "event_action": "trigger", "dedup_key": key.to_string() })
}

#[tokio::test]
async fn every_event_is_posted_with_the_routing_key() {
    let (listeners, bodies) = pagerduty(|_| response("202 Accepted", "{}")).await;
    let fixture = Fixture::new(ALLOWED, listeners.port);
    let events: Vec<_> = (0..20).map(event).collect();
    let delivery = fixture.posts.post_events(KEY, &json!(events).to_string(), now()).await;
    assert_eq!(delivery, accepted(202));
    let mut bodies = bodies.lock().expect("bodies").clone();
    bodies.sort_by_key(|body| body["dedup_key"].as_str().and_then(|key| key.parse::<usize>().ok()));
    let expected: Vec<_> = (0..20)
        .map(|key| json!({ "event_action": "trigger", "dedup_key": key.to_string(), "routing_key": KEY }))
        .collect();
    assert_eq!(bodies, expected);
}

#[tokio::test]
async fn first_failed_event_is_the_outcome_and_ends_the_posts() {
    let (listeners, bodies) = pagerduty(|body| match body["dedup_key"].as_str() {
        Some("0") => response("202 Accepted", "{}"),
        Some("1") => response("429 Slow\r\nretry-after: 60", &format!("slow: {body}")),
        _ => response("400 Bad", "bad"),
    })
    .await;
    let fixture = Fixture::new(ALLOWED, listeners.port);
    let events: Vec<_> = (0..100).map(event).collect();
    let delivery = fixture.posts.post_events(KEY, &json!(events).to_string(), now()).await;
    let retry_after = Some(SignedDuration::from_mins(1));
    assert_eq!(delivery.outcome, Outcome::Answered { status: 429, retry_after });
    let error = delivery.error.expect("an error");
    assert!(error.starts_with("answered 429: slow") && !error.contains(KEY), "{error}");
    let posted = bodies.lock().expect("bodies").len();
    assert!(posted < 20, "{posted} events");
}

#[tokio::test]
async fn message_that_is_no_events_is_refused() {
    let fixture = Fixture::new(ALLOWED, 1);
    for body in ["", "{}", "[]", "text"] {
        assert_eq!(fixture.posts.post_events(KEY, body, now()).await.outcome, Outcome::Refused, "{body}");
    }
}
