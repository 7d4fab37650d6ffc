//! The running table against a real server: what it asks, what it takes, what it survives.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod mutual_tls;
mod server;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use centops_routes::config::Clock;
use centops_routes::{
    Config, FetchError, KeySource, Lookup, RefreshError, Refusal, Routes, Rules, Standing, StartError, Status, Taken,
};
use jiff::{SignedDuration, Timestamp};
use server::{Mood, Server};

/// A clock that is set by hand.
#[derive(Clone, Default)]
struct Hand(Arc<AtomicI64>);

impl Hand {
    fn clock(&self) -> Clock {
        let seconds = Arc::clone(&self.0);
        Arc::new(move || Timestamp::from_second(seconds.load(Ordering::SeqCst)).expect("a time"))
    }

    fn set(&self, time: SignedDuration) {
        self.0.store(time.as_secs(), Ordering::SeqCst);
    }
}

async fn started(config: Config) -> Routes {
    Routes::start(config).await.expect("it starts")
}

/// Started, and the first table is there.
async fn ready(config: Config) -> Routes {
    let routes = started(config).await;
    until(&routes, |status| status.revision.is_some()).await;
    routes
}

/// Waits for a fact; a test whose fact never comes fails.
async fn until(routes: &Routes, fact: impl FnMut(&Status) -> bool) {
    let mut watch = routes.watch();
    let waiting = tokio::time::timeout(Duration::from_mins(1), watch.wait_for(fact));
    drop(waiting.await.expect("it comes").expect("it runs"));
}

fn found(routes: &Routes, name: &str) -> bool {
    matches!(routes.lookup(name), Lookup::Found(_))
}

#[tokio::test]
async fn the_first_question_is_for_all_and_the_next_for_what_is_new() {
    let server = Server::start(None).await;
    let routes = ready(server.config()).await;
    assert_eq!((found(&routes, "bot-3"), routes.lookup("nobody")), (true, Lookup::Unknown));
    assert_eq!(server.targets(), ["/routes"]);

    assert_eq!(routes.refresh().await.expect("304"), Taken::Confirmed);
    let seen = server.seen();
    assert_eq!(seen[0].target, "/routes?since=11");
    assert_eq!(seen[0].headers["if-none-match"], "\"11\"");
    let encodings = seen[0].headers["accept-encoding"].to_str().expect("text");
    assert!(encodings.contains("zstd") && encodings.contains("gzip"), "{encodings}");

    server.network().remove("bot-3", Timestamp::UNIX_EPOCH);
    assert_eq!(routes.refresh().await.expect("a delta"), Taken::Applied);
    assert_eq!((routes.lookup("bot-3"), routes.status().revision), (Lookup::Unknown, Some(12)));
}

#[tokio::test]
async fn without_the_log_the_whole_table_comes_page_by_page() {
    let server = Server::start(None).await;
    let routes = ready(server.config()).await;
    server.network().put("new", "https://new", Timestamp::UNIX_EPOCH);
    server.network().forget();
    server.network().set_page(4);
    server.seen();
    assert_eq!(routes.refresh().await.expect("a table"), Taken::Applied);
    assert!(found(&routes, "new"));
    assert_eq!(server.targets(), ["/routes?since=11", "/routes", "/routes?cursor=2", "/routes?cursor=3"]);
}

#[tokio::test]
async fn compressed_bodies_are_verified_as_they_were_signed() {
    for encoding in ["gzip", "zstd"] {
        let server = Server::start(None).await;
        server.set_mood(Mood::Compressed(encoding));
        assert!(found(&ready(server.config()).await, "bot-9"), "{encoding}");
    }
}

#[tokio::test]
async fn what_fails_or_is_cut_leaves_the_table_and_shows() {
    let server = Server::start(None).await;
    let routes = ready(Config { timeout: Duration::from_millis(300), ..server.config() }).await;
    server.network().put("new", "https://new", Timestamp::UNIX_EPOCH);

    server.set_mood(Mood::Ill);
    let error = routes.refresh().await.expect_err("500");
    assert!(matches!(error, RefreshError::Fetch(FetchError::Status { status: 500, .. })), "{error}");
    assert!(routes.status().failure.is_some_and(|failure| failure.contains("500")));

    server.set_mood(Mood::Cut);
    let error = routes.refresh().await.expect_err("a cut body");
    assert!(matches!(error, RefreshError::Refused(Refusal::Signature)), "{error}");
    let status = routes.status();
    assert_eq!(status.refused.map(|refused| refused.why), Some(Refusal::Signature));
    assert_eq!((status.failure, status.revision), (None, Some(11)));

    server.set_mood(Mood::Silent);
    let error = routes.refresh().await.expect_err("a time-out");
    assert!(matches!(error, RefreshError::Fetch(FetchError::NoAnswer(_))), "{error}");
    assert!(found(&routes, "bot-3"));

    server.set_mood(Mood::Right);
    routes.refresh().await.expect("a delta");
    let status = routes.status();
    assert_eq!((status.refused, status.failure, status.revision), (None, None, Some(12)));
}

#[tokio::test]
async fn pushed_deltas_are_taken_and_a_gap_is_asked_for_at_once() {
    let server = Server::start(None).await;
    let routes = ready(server.config()).await;
    for name in ["one", "two", "three"] {
        server.network().put(name, "https://new", Timestamp::UNIX_EPOCH);
    }
    let delta = |since: u64| server.network().delta(since, since + 1).expect("signed").expect("in the log");
    let first = delta(11);
    assert_eq!(routes.push(&first.signature, &first.body), Ok(Taken::Applied));
    assert!(found(&routes, "one"));
    assert_eq!(routes.push(&first.signature, &first.body), Ok(Taken::Known));
    let second = delta(12);
    assert_eq!(routes.push(&second.signature, b"{}"), Err(Refusal::Signature));
    assert!(routes.status().refused.is_some());

    server.seen();
    let third = delta(13);
    assert_eq!(routes.push(&third.signature, &third.body), Ok(Taken::AskAgain));
    until(&routes, |status| status.revision == Some(14)).await;
    assert!(found(&routes, "three"));
    assert_eq!(server.targets(), ["/routes?since=12"]);
    assert_eq!(routes.status().refused, None);
}

#[tokio::test]
async fn the_background_asks_by_itself() {
    let server = Server::start(None).await;
    let routes = ready(Config { interval: Duration::from_millis(20), ..server.config() }).await;
    server.network().put("new", "https://new", Timestamp::UNIX_EPOCH);
    until(&routes, |status| status.revision == Some(12)).await;
    assert!(found(&routes, "new"));
}

#[tokio::test]
async fn a_restart_in_an_outage_routes_by_the_file_until_72_h_have_passed() {
    let (server, folder, hand) = (Server::start(None).await, tempfile::tempdir().expect("a folder"), Hand::default());
    let file = Some(folder.path().join("routes"));
    let config = Config { file, clock: hand.clock(), ..server.config() };
    ready(config.clone()).await.close().await;
    drop(server);

    hand.set(SignedDuration::from_hours(71));
    let routes = started(config.clone()).await;
    assert!(found(&routes, "bot-3"));
    assert_eq!(routes.status().age, Some(SignedDuration::from_hours(71)));
    let error = routes.refresh().await.expect_err("nobody is there");
    assert!(matches!(error, RefreshError::Fetch(FetchError::NoAnswer(_))), "{error}");
    hand.set(Rules::default().max_age);
    assert!(found(&routes, "bot-3"));
    hand.set(Rules::default().max_age + SignedDuration::from_secs(1));
    assert_eq!((routes.lookup("bot-3"), routes.status().expired), (Lookup::Expired, true));
    routes.close().await;

    let again = started(config.clone()).await;
    assert_eq!((again.lookup("bot-3"), again.status().expired), (Lookup::Expired, true));
    let kept = folder.path().join("routes");
    let whole = std::fs::read(&kept).expect("the file");
    drop(again);
    std::fs::write(&kept, &whole[..whole.len() / 2]).expect("it is cut");
    let cut = started(config).await;
    assert_eq!(cut.lookup("bot-3"), Lookup::NoTable);
    assert!(cut.status().file.is_some_and(|reason| reason.contains("refused")));
}

#[tokio::test]
async fn one_chatbot_can_be_asked_for() {
    let server = Server::start(None).await;
    let routes = ready(server.config()).await;
    assert!(matches!(routes.standing("bot-0").await, Ok(Standing::Online(route)) if route.name == "bot-0"));
    let Ok(Standing::NotOnline { status, since }) = routes.standing("asleep").await else { panic!("it is Offline") };
    assert_eq!((status.as_str(), since.to_string().as_str()), ("Offline", "2026-11-21T09:00:00Z"));
    assert!(matches!(routes.standing("no/body?").await, Ok(Standing::NotEnrolled)));
    assert!(server.targets().contains(&"/routes/no%2Fbody%3F".to_owned()));
}

#[tokio::test]
async fn keys_are_not_fetched_without_tls() {
    let server = Server::start(None).await;
    let config = Config { keys: KeySource::Fetched, ..server.config() };
    assert!(matches!(Routes::start(config).await, Err(StartError::PlainKeys)));
}
