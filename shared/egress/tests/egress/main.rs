//! Egress tests: no spelling, name or response makes a probe connect to a forbidden address. The real registration
//! check and the real prober run; only name resolution is faked.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod cases;
mod limits;
mod network;
mod redirects;
mod spellings;

use std::collections::BTreeMap;

use cases::{Case, Cases, Expect, v4};
use centops_domain::{
    chatbots::{AllowedNetworks, ChatbotUri},
    health::ProbePolicy,
};
use centops_egress::{EgressFilter, Prober, RequestFailed, Unhealthy};
use futures::{StreamExt, stream};
use network::{ConnectCounter, FakeResolver, Listeners};

/// The registration check and the prober over one fake network.
struct Fixture {
    resolver: FakeResolver,
    counter: ConnectCounter,
    filter: EgressFilter<FakeResolver>,
    prober: Prober<FakeResolver>,
}

impl Fixture {
    /// Returns a fixture that permits public addresses and the `allowed` networks.
    fn new(allowed: &str) -> Self {
        let (resolver, counter) = (FakeResolver::default(), ConnectCounter::default());
        let filter = EgressFilter::with_resolver(resolver.clone(), AllowedNetworks::parse(allowed).expect("networks"));
        let client = reqwest::Client::builder().connector_layer(counter.clone());
        let prober = Prober::with_client(client, filter.clone()).expect("a client");
        Self { resolver, counter, filter, prober }
    }

    /// Runs `case`. Returns an error that describes an unexpected result.
    async fn run(&self, case: &Case) -> Result<(), String> {
        let Ok(uri) = case.uri.parse::<ChatbotUri>() else {
            return if case.expect == Expect::InvalidUri { Ok(()) } else { Err("invalid URI".to_owned()) };
        };
        let registered = self.filter.check(&uri).await;
        let probed = self.prober.probe(&uri, &policy("/health")).await;
        let expected = match case.expect {
            Expect::InvalidUri => false,
            Expect::Denied => registered.is_err() && matches!(probed, Err(Unhealthy::Failed(RequestFailed::Denied(_)))),
            Expect::NotRegistered => registered.is_err() && is_unresolved(&probed),
            Expect::NotProbed => {
                registered.is_ok() && matches!(probed, Err(Unhealthy::Failed(RequestFailed::Denied(_))))
            }
            Expect::OtherHost => registered.is_ok() && is_unresolved(&probed),
        };
        if expected { Ok(()) } else { Err(format!("registration: {registered:?}, probe: {probed:?}")) }
    }
}

fn is_unresolved(probed: &Result<(), Unhealthy>) -> bool {
    matches!(probed, Err(Unhealthy::Failed(RequestFailed::Unreachable(why))) if why.contains("does not resolve"))
}

/// Returns the default policy with `path` and a timeout of one second.
fn policy(path: &str) -> ProbePolicy {
    ProbePolicy {
        path: path.to_owned().try_into().expect("a path"),
        timeout_seconds: serde_json::from_str("1").expect("a second"),
        ..ProbePolicy::default()
    }
}

fn ok(_request: &str) -> String {
    "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_owned()
}

#[tokio::test]
async fn no_forbidden_connection_is_made() {
    let (listeners, fixture) = (Listeners::answering(ok).await, Fixture::new(""));
    let cases = Cases::all(listeners.port, fixture.resolver.clone());
    let fixture_ref = &fixture;
    let runs = stream::iter(&cases).map(|case| async move { (case, fixture_ref.run(case).await) });
    let results: Vec<_> = runs.buffer_unordered(64).collect().await;
    let mut kinds = BTreeMap::<_, usize>::new();
    for case in &cases {
        *kinds.entry((case.kind, format!("{:?}", case.expect))).or_default() += 1;
    }
    for ((kind, expect), count) in &kinds {
        println!("{count:5} {kind} ({expect})");
    }
    let (counter, seen) = (fixture.counter.count(), listeners.seen().await);
    println!("{:5} cases, {counter} connection attempts, {} connections accepted", cases.len(), seen.len());
    let wrong: Vec<_> = results.iter().filter_map(|(case, result)| Some((case, result.as_ref().err()?))).collect();
    assert!(wrong.is_empty(), "{} are wrong, such as {:#?}", wrong.len(), &wrong[..wrong.len().min(5)]);
    assert_eq!(counter, 0, "connections were attempted");
    assert!(seen.is_empty(), "connections were made: {seen:?}");
    let forbidden = cases.iter().filter(|case| !matches!(case.expect, Expect::InvalidUri | Expect::OtherHost)).count();
    assert!(forbidden >= 500, "only {forbidden} cases name a forbidden address");
}

/// The counterpart of the test above: the same spellings connect when the address is allowed.
#[tokio::test]
async fn allowed_addresses_are_connected_to() {
    let (listeners, fixture) = (Listeners::answering(ok).await, Fixture::new("127.0.0.0/8, ::1/128"));
    let mut cases = Cases::new(listeners.port, fixture.resolver.clone());
    cases.numbers([127, 0, 0, 1]);
    cases.unicode([127, 0, 0, 1]);
    cases.urls([127, 0, 0, 1]);
    let spellings = cases.all.into_iter().filter(|case| case.expect == Expect::Denied).map(|case| case.uri);
    let mut uris: Vec<_> = spellings.filter(|uri| !uri.starts_with("https")).collect();
    for name in ["chat.example.ee", "localhost", "chat.localhost", "single", "chat.internal"] {
        fixture.resolver.set(name, vec![vec![v4([127, 0, 0, 1])]]);
        uris.push(format!("http://{name}:{}/", listeners.port));
    }
    for host in ["[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.0.0.2"] {
        uris.push(format!("http://{host}:{}/", listeners.port));
    }
    for uri in &uris {
        let parsed = uri.parse::<ChatbotUri>().expect(uri);
        assert_eq!(fixture.filter.check(&parsed).await, Ok(()), "{uri}");
        assert_eq!(fixture.prober.probe(&parsed, &policy("/health")).await, Ok(()), "{uri}");
    }
    println!("{} allowed cases connected", uris.len());
    assert!(uris.len() > 50);
    assert_eq!(fixture.counter.count(), uris.len());
    assert_eq!(listeners.seen().await.len(), uris.len());
}

/// A name is resolved once per connection, and the connection goes to the addresses of that lookup.
#[tokio::test]
async fn connects_to_the_addresses_that_were_checked() {
    let (listeners, fixture) = (Listeners::answering(ok).await, Fixture::new("127.0.0.2/32"));
    let (good, bad) = (vec![v4([127, 0, 0, 2])], vec![v4([127, 0, 0, 1])]);
    fixture.resolver.set("chat.example.ee", vec![good.clone(), good.clone(), bad.clone(), good, bad]);
    let uri = format!("http://chat.example.ee:{}/messages", listeners.port).parse().expect("a uri");
    assert_eq!(fixture.filter.check(&uri).await, Ok(()));
    for (lookups, permitted) in [(2, true), (3, false), (4, true), (5, false)] {
        let found = fixture.prober.probe(&uri, &policy("/health")).await;
        assert_eq!(fixture.resolver.lookups("chat.example.ee"), lookups, "one lookup per request");
        assert_eq!(found.is_ok(), permitted, "{found:?}");
        assert_eq!(matches!(found, Err(Unhealthy::Failed(RequestFailed::Denied(_)))), !permitted);
    }
    let seen = listeners.seen().await;
    assert_eq!(seen.iter().map(|seen| seen.to).collect::<Vec<_>>(), [v4([127, 0, 0, 2]); 2]);
    for seen in seen {
        let head = format!(
            "GET /health HTTP/1.1\r\naccept: */*\r\nuser-agent: centops-probe\r\nhost: chat.example.ee:{}\r\n\r\n",
            listeners.port
        );
        assert_eq!(seen.received, head, "the Host header has the name, and the request has no other headers");
    }
}

/// TLS uses the name, not the address that it resolved to.
#[tokio::test]
async fn tls_client_hello_names_the_host() {
    let (listeners, fixture) = (Listeners::answering(|_| String::new()).await, Fixture::new("127.0.0.2/32"));
    fixture.resolver.set("chat.example.ee", vec![vec![v4([127, 0, 0, 2])]]);
    let uri = format!("https://chat.example.ee:{}/", listeners.port).parse().expect("a uri");
    let found = fixture.prober.probe(&uri, &policy("/health")).await;
    assert!(matches!(found, Err(Unhealthy::Failed(RequestFailed::Unreachable(_)))), "{found:?}");
    let seen = listeners.seen().await;
    assert_eq!(seen.len(), 1);
    assert!(seen[0].received.contains("chat.example.ee"), "the ClientHello names the host");
}
