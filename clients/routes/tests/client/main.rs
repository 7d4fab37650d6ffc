//! The route client against a real server: requests, updates, errors and restarts.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

mod mutual_tls;
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use centops_routes::config::Clock;
use centops_routes::{
    Config, KeySource, Lookup, RefreshError, RouteClient, RoutingState, SignatureError, StartError, Status,
    TransportError, UpdateError, UpdateOutcome, UpdatePolicy,
};
use jiff::{SignedDuration, Timestamp};
use server::{Server, ServerMode};

/// A clock that a test sets.
#[derive(Clone, Default)]
struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    fn clock(&self) -> Clock {
        let seconds = Arc::clone(&self.0);
        Arc::new(move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).expect("a time"))
    }

    fn set(&self, time: SignedDuration) {
        self.0.store(time.as_secs(), Ordering::SeqCst);
    }
}

async fn start(config: Config) -> RouteClient {
    RouteClient::start(config).await.expect("a valid configuration")
}

/// Starts a client and waits for its first table.
async fn start_with_table(config: Config) -> RouteClient {
    let routes = start(config).await;
    wait_until(&routes, |status| status.revision.is_some()).await;
    routes
}

/// Waits until the status meets a condition. Fails after a minute.
async fn wait_until(routes: &RouteClient, condition: impl FnMut(&Status) -> bool) {
    let mut watch = routes.watch();
    let waiting = tokio::time::timeout(Duration::from_mins(1), watch.wait_for(condition));
    drop(waiting.await.expect("the condition is met in time").expect("the client runs"));
}

fn is_found(routes: &RouteClient, name: &str) -> bool {
    matches!(routes.lookup(name), Lookup::Found(_))
}

#[tokio::test]
async fn full_table_is_requested_first_and_changes_after_that() {
    let server = Server::start(None).await;
    let routes = start_with_table(server.config()).await;
    assert_eq!((is_found(&routes, "bot-3"), routes.lookup("nobody")), (true, Lookup::NoRoute));
    assert_eq!(server.take_targets(), ["/routes"]);

    assert_eq!(routes.refresh().await.expect("304"), UpdateOutcome::Confirmed);
    let requests = server.take_requests();
    assert_eq!(requests[0].target, "/routes?since=11");
    assert_eq!(requests[0].headers["if-none-match"], "\"11\"");
    let encodings = requests[0].headers["accept-encoding"].to_str().expect("text");
    assert!(encodings.contains("zstd") && encodings.contains("gzip"), "{encodings}");

    server.network().remove("bot-3", Timestamp::UNIX_EPOCH);
    assert_eq!(routes.refresh().await.expect("a delta"), UpdateOutcome::Applied);
    assert_eq!((routes.lookup("bot-3"), routes.status().revision), (Lookup::NoRoute, Some(12)));
}

#[tokio::test]
async fn full_table_is_fetched_page_by_page_after_a_410() {
    let server = Server::start(None).await;
    let routes = start_with_table(server.config()).await;
    server.network().put("new", "https://new", Timestamp::UNIX_EPOCH);
    server.network().clear_log();
    server.network().set_page_size(4);
    server.take_requests();
    assert_eq!(routes.refresh().await.expect("a table"), UpdateOutcome::Applied);
    assert!(is_found(&routes, "new"));
    assert_eq!(server.take_targets(), ["/routes?since=11", "/routes", "/routes?cursor=2", "/routes?cursor=3"]);
}

#[tokio::test]
async fn compressed_bodies_are_verified_after_decoding() {
    for encoding in ["gzip", "zstd"] {
        let server = Server::start(None).await;
        server.set_mode(ServerMode::Compressed(encoding));
        assert!(is_found(&start_with_table(server.config()).await, "bot-9"), "{encoding}");
    }
}

#[tokio::test]
async fn table_stays_and_status_shows_the_error_after_a_failed_refresh() {
    let server = Server::start(None).await;
    let routes = start_with_table(Config { timeout: Duration::from_millis(300), ..server.config() }).await;
    server.network().put("new", "https://new", Timestamp::UNIX_EPOCH);

    server.set_mode(ServerMode::InternalError);
    let error = routes.refresh().await.expect_err("500");
    assert!(matches!(error, RefreshError::Transport(TransportError::Status { status: 500, .. })), "{error}");
    assert!(routes.status().request_error.is_some_and(|error| error.contains("500")));

    server.set_mode(ServerMode::Truncated);
    let error = routes.refresh().await.expect_err("a truncated body");
    assert!(matches!(error, RefreshError::Rejected(UpdateError::Signature(SignatureError::Mismatch))), "{error}");
    let status = routes.status();
    assert_eq!(
        status.rejections.map(|rejections| rejections.reason),
        Some(UpdateError::Signature(SignatureError::Mismatch))
    );
    assert_eq!((status.request_error, status.revision), (None, Some(11)));

    server.set_mode(ServerMode::Silent);
    let error = routes.refresh().await.expect_err("a timeout");
    assert!(matches!(error, RefreshError::Transport(TransportError::NoResponse(_))), "{error}");
    assert!(is_found(&routes, "bot-3"));

    server.set_mode(ServerMode::Normal);
    routes.refresh().await.expect("a delta");
    let status = routes.status();
    assert_eq!((status.rejections, status.request_error, status.revision), (None, None, Some(12)));
}

#[tokio::test]
async fn pushed_deltas_are_applied_and_a_gap_is_filled_at_once() {
    let server = Server::start(None).await;
    let routes = start_with_table(server.config()).await;
    for name in ["one", "two", "three"] {
        server.network().put(name, "https://new", Timestamp::UNIX_EPOCH);
    }
    let delta = |since: u64| server.network().delta(since, since + 1).expect("a signature").expect("a logged change");
    let first = delta(11);
    assert_eq!(routes.push(&first.signature, &first.body), Ok(UpdateOutcome::Applied));
    assert!(is_found(&routes, "one"));
    assert_eq!(routes.push(&first.signature, &first.body), Ok(UpdateOutcome::AlreadyApplied));
    let second = delta(12);
    assert_eq!(routes.push(&second.signature, b"{}"), Err(UpdateError::Signature(SignatureError::Mismatch)));
    assert!(routes.status().rejections.is_some());

    server.take_requests();
    let third = delta(13);
    assert_eq!(routes.push(&third.signature, &third.body), Ok(UpdateOutcome::RequestAgain));
    wait_until(&routes, |status| status.revision == Some(14)).await;
    assert!(is_found(&routes, "three"));
    assert_eq!(server.take_targets(), ["/routes?since=12"]);
    assert_eq!(routes.status().rejections, None);
}

#[tokio::test]
async fn background_polls_by_itself() {
    let server = Server::start(None).await;
    let routes = start_with_table(Config { interval: Duration::from_millis(20), ..server.config() }).await;
    server.network().put("new", "https://new", Timestamp::UNIX_EPOCH);
    wait_until(&routes, |status| status.revision == Some(12)).await;
    assert!(is_found(&routes, "new"));
}

#[tokio::test]
async fn restored_table_is_used_until_it_is_72_hours_old() {
    let (server, folder) = (Server::start(None).await, tempfile::tempdir().expect("a folder"));
    let clock = ManualClock::default();
    let file = Some(folder.path().join("routes"));
    let config = Config { file, clock: clock.clock(), ..server.config() };
    start_with_table(config.clone()).await.close().await;
    drop(server);

    clock.set(SignedDuration::from_hours(71));
    let routes = start(config.clone()).await;
    assert!(is_found(&routes, "bot-3"));
    assert_eq!(routes.status().age, Some(SignedDuration::from_hours(71)));
    let error = routes.refresh().await.expect_err("the server is gone");
    assert!(matches!(error, RefreshError::Transport(TransportError::NoResponse(_))), "{error}");
    clock.set(UpdatePolicy::default().max_age);
    assert!(is_found(&routes, "bot-3"));
    clock.set(UpdatePolicy::default().max_age + SignedDuration::from_secs(1));
    assert_eq!((routes.lookup("bot-3"), routes.status().expired), (Lookup::Expired, true));
    routes.close().await;

    let restarted = start(config.clone()).await;
    assert_eq!((restarted.lookup("bot-3"), restarted.status().expired), (Lookup::Expired, true));
    let path = folder.path().join("routes");
    let content = std::fs::read(&path).expect("the file");
    drop(restarted);
    std::fs::write(&path, &content[..content.len() / 2]).expect("the file is truncated");
    let truncated = start(config).await;
    assert_eq!(truncated.lookup("bot-3"), Lookup::NoTable);
    assert!(truncated.status().file_error.is_some_and(|error| error.contains("rejected")));
}

#[tokio::test]
async fn routing_state_of_one_chatbot_is_returned() {
    let server = Server::start(None).await;
    let routes = start_with_table(server.config()).await;
    assert!(matches!(routes.routing_state("bot-0").await, Ok(RoutingState::Online(route)) if route.name == "bot-0"));
    let Ok(RoutingState::NotOnline { status, since }) = routes.routing_state("offline").await else {
        panic!("the chatbot is not Offline")
    };
    assert_eq!((status.as_str(), since.to_string().as_str()), ("Offline", "2026-11-21T09:00:00Z"));
    assert!(matches!(routes.routing_state("no/body?").await, Ok(RoutingState::NotEnrolled)));
    assert!(server.take_targets().contains(&"/routes/no%2Fbody%3F".to_owned()));
}

#[tokio::test]
async fn start_fails_for_fetched_keys_without_tls() {
    let server = Server::start(None).await;
    let config = Config { keys: KeySource::Fetched, ..server.config() };
    assert!(matches!(RouteClient::start(config).await, Err(StartError::InsecureKeys)));
}
