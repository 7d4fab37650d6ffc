//! Probes are not a way in: no spelling, no name, no answer makes a probe connect to an address that it
//! may not reach. The real registration check and the real prober run; only names are resolved by heart.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

mod bounds;
mod cases;
mod network;
mod redirects;
mod spellings;

use std::collections::BTreeMap;

use cases::{Case, Cases, Expect, v4};
use centops_domain::{address::AllowedNetworks, policy::ProbePolicy, uri::ChatbotUri};
use centops_egress::{Prober, Unhealthy, reach::Reach};
use futures::{StreamExt, stream};
use network::{Connects, Listeners, Names};

/// Registration and prober over one network.
struct Stand {
    names: Names,
    connects: Connects,
    reach: Reach<Names>,
    prober: Prober<Names>,
}

impl Stand {
    /// Probes may reach public addresses and those `allowed`.
    fn new(allowed: &str) -> Self {
        let (names, connects) = (Names::default(), Connects::default());
        let reach = Reach::by(names.clone(), AllowedNetworks::parse(allowed).expect("networks"));
        let client = reqwest::Client::builder().connector_layer(connects.clone());
        let prober = Prober::over(client, reach.clone()).expect("a client");
        Self { names, connects, reach, prober }
    }

    /// What is wrong with how `case` went.
    async fn try_out(&self, case: &Case) -> Result<(), String> {
        let Ok(uri) = case.uri.parse::<ChatbotUri>() else {
            return if case.expect == Expect::NoUri { Ok(()) } else { Err("it is no uri".to_owned()) };
        };
        let registered = self.reach.check(&uri).await;
        let probed = self.prober.probe(&uri, &policy("/health")).await;
        let fine = match case.expect {
            Expect::NoUri => false,
            Expect::Refused => registered.is_err() && matches!(probed, Err(Unhealthy::Refused(_))),
            Expect::NotRegistered => registered.is_err() && is_nowhere(&probed),
            Expect::NotProbed => registered.is_ok() && matches!(probed, Err(Unhealthy::Refused(_))),
            Expect::Elsewhere => registered.is_ok() && is_nowhere(&probed),
        };
        if fine { Ok(()) } else { Err(format!("registration: {registered:?}, probe: {probed:?}")) }
    }
}

fn is_nowhere(probed: &Result<(), Unhealthy>) -> bool {
    matches!(probed, Err(Unhealthy::Unreachable(why)) if why.contains("does not resolve"))
}

/// The usual policy with `path`, and a second for each request.
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
    let (listeners, stand) = (Listeners::answering(ok).await, Stand::new(""));
    let cases = Cases::everything(listeners.port, stand.names.clone());
    let stand_in = &stand;
    let tried = stream::iter(&cases).map(|case| async move { (case, stand_in.try_out(case).await) });
    let results: Vec<_> = tried.buffer_unordered(64).collect().await;
    let mut kinds = BTreeMap::<_, usize>::new();
    for case in &cases {
        *kinds.entry((case.kind, format!("{:?}", case.expect))).or_default() += 1;
    }
    for ((kind, expect), count) in &kinds {
        println!("{count:5} {kind} ({expect})");
    }
    let (connects, seen) = (stand.connects.count(), listeners.seen().await);
    println!("{:5} cases, {connects} connections tried, {} seen by the listeners", cases.len(), seen.len());
    let wrong: Vec<_> = results.iter().filter_map(|(case, result)| Some((case, result.as_ref().err()?))).collect();
    assert!(wrong.is_empty(), "{} are wrong, such as {:#?}", wrong.len(), &wrong[..wrong.len().min(5)]);
    assert_eq!(connects, 0, "connections were tried");
    assert!(seen.is_empty(), "connections were made: {seen:?}");
    let meant = cases.iter().filter(|case| !matches!(case.expect, Expect::NoUri | Expect::Elsewhere)).count();
    assert!(meant >= 500, "only {meant} cases mean a forbidden address");
}

/// The other side: what is allowed is connected to, by the very same spellings.
#[tokio::test]
async fn what_is_allowed_is_connected_to() {
    let (listeners, stand) = (Listeners::answering(ok).await, Stand::new("127.0.0.0/8, ::1/128"));
    let mut cases = Cases::new(listeners.port, stand.names.clone());
    cases.numbers([127, 0, 0, 1]);
    cases.unicode([127, 0, 0, 1]);
    cases.urls([127, 0, 0, 1]);
    let spelled = cases.all.into_iter().filter(|case| case.expect == Expect::Refused).map(|case| case.uri);
    let mut uris: Vec<_> = spelled.filter(|uri| !uri.starts_with("https")).collect();
    for name in ["chat.example.ee", "localhost", "chat.localhost", "single", "chat.internal"] {
        stand.names.know(name, vec![vec![v4([127, 0, 0, 1])]]);
        uris.push(format!("http://{name}:{}/", listeners.port));
    }
    for host in ["[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.0.0.2"] {
        uris.push(format!("http://{host}:{}/", listeners.port));
    }
    for uri in &uris {
        let parsed = uri.parse::<ChatbotUri>().expect(uri);
        assert_eq!(stand.reach.check(&parsed).await, Ok(()), "{uri}");
        assert_eq!(stand.prober.probe(&parsed, &policy("/health")).await, Ok(()), "{uri}");
    }
    println!("{} allowed cases connected", uris.len());
    assert!(uris.len() > 50);
    assert_eq!(stand.connects.count(), uris.len());
    assert_eq!(listeners.seen().await.len(), uris.len());
}

/// What a name resolves to is asked once a connection, and that is what is connected to.
#[tokio::test]
async fn a_connection_goes_to_the_addresses_that_were_checked() {
    let (listeners, stand) = (Listeners::answering(ok).await, Stand::new("127.0.0.2/32"));
    let (good, bad) = (vec![v4([127, 0, 0, 2])], vec![v4([127, 0, 0, 1])]);
    stand.names.know("chat.example.ee", vec![good.clone(), good.clone(), bad.clone(), good, bad]);
    let uri = format!("http://chat.example.ee:{}/messages", listeners.port).parse().expect("a uri");
    assert_eq!(stand.reach.check(&uri).await, Ok(()));
    for (lookups, well) in [(2, true), (3, false), (4, true), (5, false)] {
        let found = stand.prober.probe(&uri, &policy("/health")).await;
        assert_eq!(stand.names.lookups("chat.example.ee"), lookups, "one lookup a request");
        assert_eq!(found.is_ok(), well, "{found:?}");
        assert_eq!(matches!(found, Err(Unhealthy::Refused(_))), !well);
    }
    let seen = listeners.seen().await;
    assert_eq!(seen.iter().map(|seen| seen.to).collect::<Vec<_>>(), [v4([127, 0, 0, 2]); 2]);
    for seen in seen {
        let head = format!(
            "GET /health HTTP/1.1\r\naccept: */*\r\nuser-agent: centops-egress\r\nhost: chat.example.ee:{}\r\n\r\n",
            listeners.port
        );
        assert_eq!(seen.said, head, "the name stays, and nothing else is said");
    }
}

/// TLS is for the name, not for the address that it was resolved to.
#[tokio::test]
async fn tls_asks_for_the_name() {
    let (listeners, stand) = (Listeners::answering(|_| String::new()).await, Stand::new("127.0.0.2/32"));
    stand.names.know("chat.example.ee", vec![vec![v4([127, 0, 0, 2])]]);
    let uri = format!("https://chat.example.ee:{}/", listeners.port).parse().expect("a uri");
    let found = stand.prober.probe(&uri, &policy("/health")).await;
    assert!(matches!(found, Err(Unhealthy::Unreachable(_))), "{found:?}");
    let seen = listeners.seen().await;
    assert_eq!(seen.len(), 1);
    assert!(seen[0].said.contains("chat.example.ee"), "the ClientHello names the host");
}
