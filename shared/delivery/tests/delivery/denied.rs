//! No spelling, name or later answer of a name server makes a delivery connect to a forbidden address.

use centops_domain::{chatbots::ChatbotUri, notifications::Outcome};
use futures::{StreamExt, stream};

use crate::{
    Fixture,
    cases::{Case, Cases, Expect, v4},
    network::Listeners,
    now,
};

/// The parts of the texts of a denial by the egress filter.
const DENIALS: [&str; 4] = ["is not a public address", "that is not public", "of local networks", "is not one of HTTP"];

/// Runs `case`: the address is entered, and a message is delivered to it later. Returns an error that describes an
/// unexpected result.
async fn run(fixture: &Fixture, case: &Case) -> Result<(), String> {
    let Ok(uri) = case.uri.parse::<ChatbotUri>() else {
        return if case.expect == Expect::InvalidUri { Ok(()) } else { Err("invalid URI".to_owned()) };
    };
    let entered = fixture.filter.check(&uri).await;
    let delivery = fixture.posts.post(uri.url(), "{}", now()).await;
    let error = delivery.error.unwrap_or_default();
    let (is_denied, is_unresolved) =
        (DENIALS.iter().any(|text| error.contains(text)), error.contains("does not resolve"));
    let expected = match case.expect {
        Expect::InvalidUri => false,
        Expect::Denied => entered.is_err() && is_denied,
        Expect::NotRegistered => entered.is_err() && is_unresolved,
        Expect::NotProbed => entered.is_ok() && is_denied,
        Expect::OtherHost => entered.is_ok() && is_unresolved,
    };
    let is_expected = expected && delivery.outcome == Outcome::Unreachable;
    if is_expected { Ok(()) } else { Err(format!("entry: {entered:?}, delivery: {error}")) }
}

fn ok(_request: &str) -> String {
    "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()
}

#[tokio::test]
async fn no_delivery_connects_to_a_forbidden_address() {
    let listeners = Listeners::answering(ok).await;
    let fixture = Fixture::new("", listeners.port);
    let cases = Cases::all(listeners.port, fixture.resolver.clone());
    let fixture_ref = &fixture;
    let runs = stream::iter(&cases).map(|case| async move { (case, run(fixture_ref, case).await) });
    let results: Vec<_> = runs.buffer_unordered(64).collect().await;
    let wrong: Vec<_> =
        results.iter().filter_map(|(case, result)| Some((case.kind, &case.uri, result.as_ref().err()?))).collect();
    assert!(wrong.is_empty(), "{} are wrong, such as {:#?}", wrong.len(), &wrong[..wrong.len().min(5)]);
    assert_eq!(fixture.counter.count(), 0, "connections were attempted");
    let seen = listeners.seen().await;
    assert!(seen.is_empty(), "connections were made: {seen:?}");
    assert!(cases.len() >= 4000, "only {} cases", cases.len());
}

#[tokio::test]
async fn address_that_turned_private_is_refused() {
    let listeners = Listeners::answering(ok).await;
    let fixture = Fixture::new("127.0.0.2/32", listeners.port);
    let (good, private) = (vec![v4([127, 0, 0, 2])], vec![v4([127, 0, 0, 1])]);
    fixture.resolver.set("hooks.example.ee", vec![good.clone(), private, good]);
    let uri: ChatbotUri = format!("http://hooks.example.ee:{}/a", listeners.port).parse().expect("a uri");
    for permitted in [true, false, true] {
        let delivery = fixture.posts.post(uri.url(), "{}", now()).await;
        assert_eq!(delivery.error.is_none(), permitted, "{delivery:?}");
    }
    assert_eq!(fixture.resolver.lookups("hooks.example.ee"), 3, "each delivery resolves once");
    let seen = listeners.seen().await;
    assert_eq!(seen.iter().map(|seen| seen.to).collect::<Vec<_>>(), [v4([127, 0, 0, 2]); 2]);
}
