//! Limits on the time and bytes that a server can cost a probe, and the environment's resolver and proxy.

use std::{future, io, net::SocketAddr, time::Duration};

use centops_domain::{
    chatbots::{AllowedNetworks, ChatbotUri},
    health::ProbePolicy,
};
use centops_egress::{
    EgressDenied, EgressFilter, Prober, RequestFailed, Resolver, Unhealthy,
    filter::{self, RESOLVE_TIMEOUT},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::Instant,
};

use crate::{Fixture, policy};

/// Starts a server for one connection. Its task ends when the client disconnects.
async fn serve_once<F: Future<Output = ()> + Send>(
    serve: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (ChatbotUri, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let uri = format!("http://{}/", listener.local_addr().expect("an address"));
    let task = tokio::spawn(async move {
        let (connection, _) = listener.accept().await.expect("a connection");
        serve(connection).await;
    });
    (uri.parse().expect("a uri"), task)
}

/// Sends `first`, then `again` after each `pause` until the client disconnects.
async fn send_endlessly(mut connection: TcpStream, first: &str, again: &str, pause: Duration) {
    let _ = connection.read(&mut [0; 4096]).await;
    let mut sent = connection.write_all(first.as_bytes()).await;
    while sent.is_ok() {
        tokio::time::sleep(pause).await;
        sent = connection.write_all(again.as_bytes()).await;
    }
}

/// Probes `uri`. The probe must end by itself, long before this function's timeout.
async fn probe(uri: &ChatbotUri, policy: &ProbePolicy) -> Result<(), Unhealthy> {
    let fixture = Fixture::new("127.0.0.1/32");
    let probe = fixture.prober.probe(uri, policy);
    tokio::time::timeout(Duration::from_mins(1), probe).await.expect("a probe that ends")
}

/// Probes a server that sends without end, and waits until that server notices the disconnection.
async fn probe_endless(
    first: &'static str,
    again: &'static str,
    pause: Duration,
    seconds: u8,
) -> Result<(), Unhealthy> {
    let (uri, server) = serve_once(move |connection| send_endlessly(connection, first, again, pause)).await;
    let mut policy = policy("/health");
    policy.timeout_seconds = serde_json::from_str(&seconds.to_string()).expect("seconds");
    let result = probe(&uri, &policy).await;
    server.await.expect("the connection is closed");
    result
}

const DRIP: Duration = Duration::from_millis(20);

#[tokio::test]
async fn times_out_on_a_dripping_server() {
    let drips = [("", "H"), ("HTTP/1.1 200 OK\r\nx: ", "y"), ("", "HTTP/1.1 100 Continue\r\n\r\n")];
    for (first, again) in drips {
        let found = probe_endless(first, again, DRIP, 1).await;
        // The client may detect invalid HTTP before the timeout.
        assert!(
            matches!(found, Err(Unhealthy::Failed(RequestFailed::Timeout | RequestFailed::Unreachable(_)))),
            "{again}: {found:?}"
        );
    }
    assert_eq!(
        probe_endless("HTTP/1.1 200 OK\r\nx: ", "y", DRIP, 1).await,
        Err(Unhealthy::Failed(RequestFailed::Timeout))
    );
}

#[tokio::test]
async fn times_out_on_a_silent_server() {
    async fn silent(mut connection: TcpStream) {
        while connection.read(&mut [0; 4096]).await.is_ok_and(|length| length > 0) {}
    }
    let (uri, server) = serve_once(silent).await;
    assert_eq!(probe(&uri, &policy("/health")).await, Err(Unhealthy::Failed(RequestFailed::Timeout)));
    server.await.expect("the connection is closed");
    let (uri, server) = serve_once(silent).await;
    let tls = uri.as_str().replace("http:", "https:").parse().expect("a uri");
    assert_eq!(probe(&tls, &policy("/health")).await, Err(Unhealthy::Failed(RequestFailed::Timeout)));
    server.await.expect("the connection is closed");
}

/// The limits on bytes and header count end these probes, long before the timeout.
#[tokio::test]
async fn rejects_oversized_response_heads() {
    let line: &'static str = Box::leak("y".repeat(16 * 1024).into_boxed_str());
    for (first, again) in [("HTTP/1.1 200 OK\r\nx: ", line), ("HTTP/1.1 ", line), ("", line)] {
        let found = probe_endless(first, again, Duration::ZERO, 10).await;
        assert!(matches!(found, Err(Unhealthy::Failed(RequestFailed::Unreachable(_)))), "{found:?}");
    }
    for (headers, accepted) in [(90, true), (120, false)] {
        let head: &'static str =
            Box::leak(format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(headers)).into_boxed_str());
        let found = probe_endless(head, "y", Duration::ZERO, 10).await;
        assert_eq!(found.is_ok(), accepted, "{headers}: {found:?}");
    }
}

/// The status decides: the probe disconnects from a body that never ends.
#[tokio::test]
async fn succeeds_without_reading_the_body() {
    let block: &'static str = Box::leak("y".repeat(64 * 1024).into_boxed_str());
    for head in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffff\r\n",
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n",
    ] {
        assert_eq!(probe_endless(head, block, Duration::ZERO, 10).await, Ok(()), "{head}");
    }
}

/// A resolver that never answers.
#[derive(Clone)]
struct SilentResolver;

impl Resolver for SilentResolver {
    async fn addresses(&self, _name: &str) -> io::Result<Vec<SocketAddr>> {
        future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn times_out_on_a_silent_resolver() {
    let filter = EgressFilter::with_resolver(SilentResolver, AllowedNetworks::default());
    let uri = "https://chat.example.ee/".parse().expect("a uri");
    let before = Instant::now();
    assert_eq!(filter.check(&uri).await, Ok(()), "it may resolve later");
    assert!(before.elapsed() >= RESOLVE_TIMEOUT && before.elapsed() < RESOLVE_TIMEOUT * 2);
    let local = "https://chat.internal/".parse().expect("a uri");
    assert_eq!(filter.check(&local).await, Err(EgressDenied::Local("chat.internal".to_owned())));
    let prober = Prober::with_client(reqwest::Client::builder(), filter).expect("a client");
    let (usual, minute) = (policy("/health"), Duration::from_mins(1));
    let found = tokio::time::timeout(minute, prober.probe(&uri, &usual)).await;
    assert_eq!(found, Ok(Err(Unhealthy::Failed(RequestFailed::Timeout))));
}

/// Uses the operating system's resolver from end to end, as in production.
#[tokio::test]
async fn filters_names_of_the_system_resolver() {
    let listeners = crate::Listeners::answering(crate::ok).await;
    let uri: ChatbotUri = format!("http://localhost:{}/", listeners.port).parse().expect("a uri");
    let denied = EgressDenied::Local("localhost".to_owned());
    let (none, local) = (AllowedNetworks::default(), AllowedNetworks::parse("127.0.0.0/8, ::1/128").expect("networks"));
    assert_eq!(filter::check(&uri, &none).await, Err(denied.clone()));
    let probed = Prober::new(none).expect("a client").probe(&uri, &policy("/health")).await;
    assert_eq!(probed, Err(RequestFailed::from(denied).into()));
    assert!(listeners.seen().await.is_empty());
    assert_eq!(filter::check(&uri, &local).await, Ok(()));
    assert_eq!(Prober::new(local).expect("a client").probe(&uri, &policy("/health")).await, Ok(()));
    assert_eq!(listeners.seen().await.len(), 1);
}

/// A proxy would resolve and connect without the filter. Environment variables belong to a process, so this test
/// runs itself in a second one.
#[tokio::test]
async fn ignores_the_proxy_of_the_environment() {
    const VARIABLES: [&str; 6] = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    const PROXIED: &str = "PROXY_UNDER_TEST";
    let listeners = crate::Listeners::answering(crate::ok).await;
    if std::env::var_os(PROXIED).is_some() {
        let fixture = Fixture::new("127.0.0.2/32");
        fixture.resolver.set("chat.example.ee", vec![vec![crate::v4([127, 0, 0, 2])]]);
        let uri = format!("http://chat.example.ee:{}/", listeners.port).parse().expect("a uri");
        assert_eq!(fixture.prober.probe(&uri, &policy("/health")).await, Ok(()));
        assert_eq!(listeners.seen().await.len(), 1);
        return;
    }
    let proxy = format!("http://127.0.0.1:{}", listeners.port);
    let mut again = std::process::Command::new(std::env::current_exe().expect("this test"));
    again.args(["--exact", "limits::ignores_the_proxy_of_the_environment"]).env(PROXIED, "1").env_remove("NO_PROXY");
    again.env_remove("no_proxy").envs(VARIABLES.map(|variable| (variable, &proxy)));
    let output = tokio::task::spawn_blocking(move || again.output()).await.expect("a thread").expect("a run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    assert!(listeners.seen().await.is_empty(), "the proxy got a connection");
}
