//! The client against a real server: checks, the schedule, keys, states and restarts.

use std::collections::BTreeSet;
use std::time::Duration;

use centops_network_api::signer::Signer;
use centops_updates::{
    CheckError, Config, Progress, Refusal, ReportError, SignatureError, StartError, TransportError, UpdateClient,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::fixture::now;
use crate::server::{BodyEnd, Reply, Server};

/// Returns the code of the refusal of a check.
async fn refusal(client: &UpdateClient, server: &Server) -> &'static str {
    match client.check(&server.running()).await {
        Err(CheckError::Refused(refusal)) => refusal.code(),
        other => panic!("not refused: {other:?}"),
    }
}

/// Returns a valid answer to another request.
fn signed_answer(server: &Server, change: impl FnOnce(&mut Value)) -> Reply {
    let centops = server.centops();
    let mut answer = centops.fixture.answer();
    change(&mut answer);
    centops.signed(&answer)
}

#[tokio::test]
async fn update_is_reported_step_by_step() {
    let (server, folder) = (Server::start_tls().await, tempfile::tempdir().expect("a folder"));
    let client = server.client(folder.path()).await;
    let running = server.running();
    let answer = client.check(&running).await.expect("an answer");
    assert_eq!(server.take_lines(), ["PUT /versions", "GET /keys", "GET /updates"]);
    assert_eq!((answer.channel.as_str(), answer.behind.len()), ("stable", 1));

    let path = folder.path().join("bot.tar");
    let job = client.accept(&answer.offers[0]).await.expect("a job");
    client.download(&job, &path).await.expect("an artefact");
    assert_eq!(std::fs::read(&path).expect("a file"), crate::fixture::ARTEFACT);
    client.report(&job, Progress::Installing).await.expect("200");
    client.report(&job, Progress::Succeeded).await.expect("200");
    client.report_failed(&job, "health").await.expect("200");

    let state = |state: &str| json!({"version": "2.2.0", "attempt": 1, "state": state});
    let mut failed = state("failed");
    failed["cause"] = json!("health");
    let bodies: Vec<Value> = server.take_requests().into_iter().map(|request| request.body).collect();
    let expected =
        [state("accepted"), state("downloading"), Value::Null, state("installing"), state("succeeded"), failed];
    assert_eq!(bodies, expected);
}

#[tokio::test]
async fn request_declares_support_and_has_a_nonce_of_its_own() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().expect("a folder"));
    let client = server.client(folder.path()).await;
    for _ in 0..3 {
        client.check(&server.running()).await.expect("an answer");
    }
    let requests = server.take_requests();
    let asks: Vec<_> = requests.iter().filter(|request| request.line == "GET /updates").collect();
    assert!(asks.iter().all(|request| request.headers["centops-updates"] == "1"));
    let nonces: BTreeSet<&str> =
        asks.iter().map(|request| request.headers["centops-nonce"].to_str().expect("text")).collect();
    assert_eq!(nonces.len(), 3);
    assert!(nonces.iter().all(|nonce| nonce.len() == 22), "16 bytes, base64url: {nonces:?}");
    // The versions did not change: they are reported once.
    assert_eq!(requests[0].body, json!({"versions": {"bot": "2.1.0", "classifier": "3.0.0"}}));
    assert_eq!(requests.len(), 4);
}

#[tokio::test]
async fn compressed_answer_is_verified_after_decoding() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().expect("a folder"));
    let client = server.client(folder.path()).await;
    // The compressed answer has another nonce: that is the first check that fails after the signature.
    let plain = signed_answer(&server, |_| ());
    let body = zstd::encode_all(&plain.body[..], 3).expect("compressed data");
    server.reply("GET /updates", Reply { body: body.into(), ..plain }.with_header("content-encoding", "zstd"));
    assert_eq!(refusal(&client, &server).await, "nonce");
}

#[tokio::test]
async fn endless_answer_is_cut_at_the_limit_of_decoded_bytes() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().expect("a folder"));
    let client = server.client(folder.path()).await;
    server.reply("GET /updates", Reply::new(200, vec![b' '; 1024]).with_end(BodyEnd::Repeated));
    assert_eq!(refusal(&client, &server).await, "too-large");
    // A megabyte of spaces is some 100 bytes of zstd.
    let body = zstd::encode_all(&vec![b' '; 1024 * 1024][..], 3).expect("compressed data");
    assert!(body.len() < 1024);
    server.reply("GET /updates", Reply::new(200, body).with_header("content-encoding", "zstd"));
    assert_eq!(refusal(&client, &server).await, "too-large");
}

#[tokio::test]
async fn slow_retrieval_of_an_answer_ends_at_the_limit_of_the_run() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().expect("a folder"));
    let config = Config { timeout: Duration::from_millis(200), ..server.config(folder.path()) };
    let client = UpdateClient::start(config).await.expect("a client");
    server.reply("GET /updates", Reply::new(200, "{").with_end(BodyEnd::Silence));
    let ending = tokio::time::timeout(Duration::from_secs(10), refusal(&client, &server));
    assert_eq!(ending.await.expect("an end long after the limit"), "slow");
    let status = client.status();
    assert!(status.request_error.is_some_and(|error| error.contains("200ms")));
    assert_eq!((status.refusals, status.frozen_since), (None, None));
}

#[tokio::test]
async fn replayed_answer_is_refused_after_a_restart_and_status_shows_the_freeze() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().expect("a folder"));
    let client = server.client(folder.path()).await;
    client.check(&server.running()).await.expect("an answer");
    assert_eq!(client.status().frozen_since, None);
    drop(client);

    let client = server.client(folder.path()).await;
    assert_eq!(client.status().issued_at, Some(now()));
    let older = signed_answer(&server, |answer| answer["counter"] = json!(17));
    server.reply("GET /updates", older);
    server.set_now(now() + SignedDuration::from_mins(5));
    assert_eq!(refusal(&client, &server).await, "nonce");
    let frozen_since = now() + SignedDuration::from_mins(5);
    assert_eq!(client.status().frozen_since, Some(frozen_since));
    server.set_now(now() + SignedDuration::from_hours(30));
    assert_eq!(refusal(&client, &server).await, "expired");
    assert_eq!(client.status().frozen_since, Some(frozen_since));

    server.centops().replies.clear();
    client.check(&server.running()).await.expect("an answer");
    assert_eq!((client.status().frozen_since, client.status().refusals), (None, None));
}

#[tokio::test]
async fn silence_is_a_freeze_when_the_last_answer_has_expired() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().expect("a folder"));
    let client = server.client(folder.path()).await;
    server.reply("GET /updates", Reply::new(500, "{}"));
    assert!(client.check(&server.running()).await.is_err());
    assert_eq!(client.status().frozen_since, None);
    server.set_now(now() + SignedDuration::from_hours(24));
    assert_eq!(client.status().frozen_since, Some(now()), "there has been no answer yet");

    server.set_now(now());
    server.centops().replies.clear();
    client.check(&server.running()).await.expect("an answer");
    server.set_now(now() + SignedDuration::from_hours(2));
    assert_eq!(client.status().frozen_since, None);
    server.set_now(now() + SignedDuration::from_hours(4));
    assert_eq!(client.status().frozen_since, Some(now() + SignedDuration::from_hours(3)));
}

#[tokio::test]
async fn answer_expires_even_if_the_clock_is_set_back() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().expect("a folder"));
    let client = server.client(folder.path()).await;
    let offer = client.check(&server.running()).await.expect("an answer").offers.remove(0);
    server.set_now(now() - SignedDuration::from_hours(24 * 365));
    assert_eq!(client.status().frozen_since, None);
    tokio::time::pause();
    tokio::time::advance(Duration::from_hours(3)).await;
    assert_eq!(client.status().frozen_since, Some(now() + SignedDuration::from_hours(3)));
    assert!(matches!(client.accept(&offer).await, Err(ReportError::NotOffered)));
}

#[tokio::test]
async fn refused_answer_leaves_the_file_as_it_is() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().expect("a folder"));
    let client = server.client(folder.path()).await;
    client.check(&server.running()).await.expect("an answer");
    let saved = std::fs::read(folder.path().join("updates.json")).expect("a file");
    server.centops().fixture.centops = Signer::new().expect("a key");
    assert_eq!(refusal(&client, &server).await, "signature");
    assert_eq!(std::fs::read(folder.path().join("updates.json")).expect("a file"), saved);
}

#[tokio::test]
async fn answer_is_not_used_if_its_state_cannot_be_saved() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().expect("a folder"));
    let config = Config { file: folder.path().join("missing/updates.json"), ..server.config(folder.path()) };
    let client = UpdateClient::start(config).await.expect("a client");
    let result = client.check(&server.running()).await;
    assert!(matches!(result, Err(CheckError::File(_))), "{result:?}");
    assert_eq!(client.status().issued_at, None);
}

#[tokio::test]
async fn next_check_and_retry_after_are_obeyed() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().expect("a folder"));
    let client = server.client(folder.path()).await;
    assert!(client.next_check().is_zero());
    client.wait().await;
    let is_about = |seconds: u64| {
        let delay = client.next_check();
        delay <= Duration::from_secs(seconds) && delay > Duration::from_secs(seconds - 5)
    };
    let answer = client.check(&server.running()).await.expect("an answer");
    assert!(is_about(3600));

    server.reply("GET /updates", Reply::new(503, "{}").with_header("retry-after", "7200"));
    let result = client.check(&server.running()).await;
    assert!(matches!(result, Err(CheckError::Transport(TransportError::Status { status: 503, .. }))), "{result:?}");
    assert!(is_about(7200));
    // A 304 is no answer.
    server.reply("GET /updates", Reply::new(304, ""));
    for delay in [60, 120] {
        let result = client.check(&server.running()).await;
        assert!(matches!(result, Err(CheckError::Transport(TransportError::Status { status: 304, .. }))), "{result:?}");
        assert!(is_about(delay), "{:?}", client.next_check());
    }
    server.reply("PUT /updates/bot/state", Reply::new(429, "{}").with_header("retry-after", "900"));
    assert!(matches!(client.accept(&answer.offers[0]).await, Err(ReportError::Transport(_))));
    assert!(is_about(900));
}

#[tokio::test]
async fn nothing_starts_without_a_200_on_accepted() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().expect("a folder"));
    let client = server.client(folder.path()).await;
    let offer = client.check(&server.running()).await.expect("an answer").offers.remove(0);
    for status in [201, 202, 204, 409, 500] {
        server.reply("PUT /updates/bot/state", Reply::new(status, ""));
        assert!(client.accept(&offer).await.is_err(), "{status}");
    }
    assert!(matches!(client.accept(&offer).await, Err(ReportError::Transport(_))));
    server.reply("PUT /updates/bot/state", Reply::new(409, "paused"));
    assert!(matches!(client.accept(&offer).await, Err(ReportError::Conflict(detail)) if detail == "paused"));
    server.centops().replies.clear();
    server.take_requests();

    // An offer that CentOps did not make, and one whose lease is over.
    let mut other = offer.clone();
    other.attempt = 2;
    assert!(matches!(client.accept(&other).await, Err(ReportError::NotOffered)));
    server.set_now(now() + SignedDuration::from_mins(15));
    assert!(matches!(client.accept(&offer).await, Err(ReportError::NotOffered)));
    assert_eq!(server.take_lines(), [""; 0]);
    server.set_now(now() + SignedDuration::from_mins(14));
    client.accept(&offer).await.expect("a job");
}

#[tokio::test]
async fn versions_are_reported_again_after_a_change_and_after_an_offer_for_other_versions() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().expect("a folder"));
    let client = server.client(folder.path()).await;
    let mut running = server.running();
    client.check(&running).await.expect("an answer");
    client.check(&running).await.expect("an answer");
    running.insert("bot".to_owned(), "2.1.1".parse().expect("a version"));
    server.take_requests();
    for _ in 0..2 {
        let result = client.check(&running).await;
        assert!(matches!(result, Err(CheckError::Refused(Refusal::From { .. }))), "{result:?}");
        assert_eq!(server.take_lines(), ["PUT /versions", "GET /updates"]);
    }
    // A failed report does not keep the chatbot from asking, but for a `Retry-After`.
    server.reply("PUT /versions", Reply::new(500, "{}"));
    client.check(&server.running()).await.expect("an answer");
    assert!(client.status().report_error.is_some_and(|error| error.contains("500")));
    server.reply("PUT /versions", Reply::new(429, "{}").with_header("retry-after", "600"));
    server.take_requests();
    assert!(client.check(&server.running()).await.is_err());
    assert_eq!(server.take_lines(), ["PUT /versions"]);
    assert!(client.next_check() > Duration::from_secs(595));
}

#[tokio::test]
async fn unknown_key_is_fetched_at_most_once_a_minute() {
    let (server, folder) = (Server::start_tls().await, tempfile::tempdir().expect("a folder"));
    let client = server.client(folder.path()).await;
    client.check(&server.running()).await.expect("an answer");
    server.take_requests();
    server.centops().fixture.centops = Signer::new().expect("a key");
    let result = client.check(&server.running()).await;
    let is_unknown = matches!(result, Err(CheckError::Refused(Refusal::Signature(SignatureError::UnknownKey(_)))));
    assert!(is_unknown, "{result:?}");
    assert_eq!(server.take_lines(), ["GET /updates"]);
    server.set_now(now() + SignedDuration::from_mins(1));
    client.check(&server.running()).await.expect("the new key is known");
    assert_eq!(server.take_lines(), ["GET /updates", "GET /keys"]);
    server.set_now(now() + SignedDuration::from_mins(61));
    client.check(&server.running()).await.expect("an answer");
    assert_eq!(server.take_lines(), ["GET /keys", "GET /updates"]);
}

#[tokio::test]
async fn start_fails_without_https() {
    let (server, folder) = (Server::start().await, tempfile::tempdir().expect("a folder"));
    let config = server.config(folder.path());
    let fetched = Config { keys: centops_updates::KeySource::Fetched, ..config.clone() };
    let forbidden = Config { allow_loopback_http: false, ..config };
    for config in [fetched, forbidden] {
        assert!(matches!(UpdateClient::start(config).await, Err(StartError::Insecure)));
    }
}

#[tokio::test]
async fn server_without_a_trusted_certificate_gets_no_answer_accepted() {
    let (server, other) = (Server::start_tls().await, Server::start_tls().await);
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config { authorities: other.config(folder.path()).authorities, ..server.config(folder.path()) };
    let client = UpdateClient::start(config).await.expect("a client");
    let result = client.check(&server.running()).await;
    assert!(matches!(result, Err(CheckError::Transport(TransportError::NoResponse(_)))), "{result:?}");
    assert_eq!(server.take_lines(), [""; 0]);
}
