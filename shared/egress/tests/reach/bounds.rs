//! What a server can cost: time and bytes are bounded.

use std::{future, io, net::SocketAddr, time::Duration};

use centops_domain::{address::AllowedNetworks, policy::ProbePolicy, uri::ChatbotUri};
use centops_egress::{
    Prober, Unhealthy,
    reach::{PATIENCE, Reach, Refused, Resolver},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::Instant,
};

use crate::{Stand, policy};

/// A server for one connection; its task ends when the client is gone.
async fn once<F: Future<Output = ()> + Send>(
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

/// Says `first`, then `again` until nobody listens any more, with `pause` between.
async fn for_ever(mut connection: TcpStream, first: &str, again: &str, pause: Duration) {
    let _ = connection.read(&mut [0; 4096]).await;
    let mut said = connection.write_all(first.as_bytes()).await;
    while said.is_ok() {
        tokio::time::sleep(pause).await;
        said = connection.write_all(again.as_bytes()).await;
    }
}

/// What a probe finds; it ends by itself, far within this test's patience.
async fn found(uri: &ChatbotUri, policy: &ProbePolicy) -> Result<(), Unhealthy> {
    let stand = Stand::new("127.0.0.1/32");
    let probe = stand.prober.probe(uri, policy);
    tokio::time::timeout(Duration::from_mins(1), probe).await.expect("a probe that ends")
}

/// What a probe finds at a server that talks for ever; the server has to notice that the probe has gone.
async fn probe_of(first: &'static str, again: &'static str, pause: Duration, seconds: u8) -> Result<(), Unhealthy> {
    let (uri, server) = once(move |connection| for_ever(connection, first, again, pause)).await;
    let mut policy = policy("/health");
    policy.timeout_seconds = serde_json::from_str(&seconds.to_string()).expect("seconds");
    let result = found(&uri, &policy).await;
    server.await.expect("the connection is closed");
    result
}

const DRIP: Duration = Duration::from_millis(20);

#[tokio::test]
async fn a_server_that_drips_is_given_up() {
    let drips = [("", "H"), ("HTTP/1.1 200 OK\r\nx: ", "y"), ("", "HTTP/1.1 100 Continue\r\n\r\n")];
    for (first, again) in drips {
        let found = probe_of(first, again, DRIP, 1).await;
        // What cannot be HTTP is seen before the time is over.
        assert!(matches!(found, Err(Unhealthy::Timeout | Unhealthy::Unreachable(_))), "{again}: {found:?}");
    }
    assert_eq!(probe_of("HTTP/1.1 200 OK\r\nx: ", "y", DRIP, 1).await, Err(Unhealthy::Timeout));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    async fn silent(mut connection: TcpStream) {
        while connection.read(&mut [0; 4096]).await.is_ok_and(|length| length > 0) {}
    }
    let (uri, server) = once(silent).await;
    assert_eq!(found(&uri, &policy("/health")).await, Err(Unhealthy::Timeout));
    server.await.expect("the connection is closed");
    let (uri, server) = once(silent).await;
    let tls = uri.as_str().replace("http:", "https:").parse().expect("a uri");
    assert_eq!(found(&tls, &policy("/health")).await, Err(Unhealthy::Timeout));
    server.await.expect("the connection is closed");
}

/// Far within the time: it is the bytes and the count that end these.
#[tokio::test]
async fn a_head_is_bounded() {
    let line: &'static str = Box::leak("y".repeat(16 * 1024).into_boxed_str());
    for (first, again) in [("HTTP/1.1 200 OK\r\nx: ", line), ("HTTP/1.1 ", line), ("", line)] {
        let found = probe_of(first, again, Duration::ZERO, 10).await;
        assert!(matches!(found, Err(Unhealthy::Unreachable(_))), "{found:?}");
    }
    for (headers, well) in [(90, true), (120, false)] {
        let head: &'static str =
            Box::leak(format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(headers)).into_boxed_str());
        let found = probe_of(head, "y", Duration::ZERO, 10).await;
        assert_eq!(found.is_ok(), well, "{headers}: {found:?}");
    }
}

/// The status is enough: the probe goes away from a body that never ends.
#[tokio::test]
async fn a_body_is_not_read() {
    let block: &'static str = Box::leak("y".repeat(64 * 1024).into_boxed_str());
    for head in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffff\r\n",
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n",
    ] {
        assert_eq!(probe_of(head, block, Duration::ZERO, 10).await, Ok(()), "{head}");
    }
}

/// A resolver that never answers.
#[derive(Clone)]
struct Silence;

impl Resolver for Silence {
    async fn addresses(&self, _name: &str) -> io::Result<Vec<SocketAddr>> {
        future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_resolver_that_is_silent_is_given_up() {
    let reach = Reach::by(Silence, AllowedNetworks::default());
    let uri = "https://chat.example.ee/".parse().expect("a uri");
    let before = Instant::now();
    assert_eq!(reach.check(&uri).await, Ok(()), "it may resolve later");
    assert!(before.elapsed() >= PATIENCE && before.elapsed() < PATIENCE * 2);
    let local = "https://chat.internal/".parse().expect("a uri");
    assert_eq!(reach.check(&local).await, Err(Refused::Local("chat.internal".to_owned())));
    let prober = Prober::over(reqwest::Client::builder(), reach).expect("a client");
    let (usual, minute) = (policy("/health"), Duration::from_mins(1));
    let found = tokio::time::timeout(minute, prober.probe(&uri, &usual)).await;
    assert_eq!(found, Ok(Err(Unhealthy::Timeout)));
}

/// The way that production goes: the operating system's resolver, from end to end.
#[tokio::test]
async fn the_system_resolves_names() {
    let listeners = crate::Listeners::answering(crate::ok).await;
    let uri: ChatbotUri = format!("http://localhost:{}/", listeners.port).parse().expect("a uri");
    let refused = Refused::Local("localhost".to_owned());
    let (none, local) = (AllowedNetworks::default(), AllowedNetworks::parse("127.0.0.0/8, ::1/128").expect("networks"));
    assert_eq!(centops_egress::reach::check(&uri, &none).await, Err(refused.clone()));
    let probed = Prober::new(none).expect("a client").probe(&uri, &policy("/health")).await;
    assert_eq!(probed, Err(refused.into()));
    assert!(listeners.seen().await.is_empty());
    assert_eq!(centops_egress::reach::check(&uri, &local).await, Ok(()));
    assert_eq!(Prober::new(local).expect("a client").probe(&uri, &policy("/health")).await, Ok(()));
    assert_eq!(listeners.seen().await.len(), 1);
}

/// A proxy would resolve and connect for us, unchecked: the environment's is not asked. The variables
/// are of a process, so this test runs itself in another.
#[tokio::test]
async fn a_proxy_of_the_environment_is_not_asked() {
    const VARIABLES: [&str; 6] = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    const PROXIED: &str = "PROXY_UNDER_TEST";
    let listeners = crate::Listeners::answering(crate::ok).await;
    if std::env::var_os(PROXIED).is_some() {
        let stand = Stand::new("127.0.0.2/32");
        stand.names.know("chat.example.ee", vec![vec![crate::v4([127, 0, 0, 2])]]);
        let uri = format!("http://chat.example.ee:{}/", listeners.port).parse().expect("a uri");
        assert_eq!(stand.prober.probe(&uri, &policy("/health")).await, Ok(()));
        assert_eq!(listeners.seen().await.len(), 1);
        return;
    }
    let proxy = format!("http://127.0.0.1:{}", listeners.port);
    let mut again = std::process::Command::new(std::env::current_exe().expect("this test"));
    again.args(["--exact", "bounds::a_proxy_of_the_environment_is_not_asked"]).env(PROXIED, "1").env_remove("NO_PROXY");
    again.env_remove("no_proxy").envs(VARIABLES.map(|variable| (variable, &proxy)));
    let output = tokio::task::spawn_blocking(move || again.output()).await.expect("a thread").expect("a run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    assert!(listeners.seen().await.is_empty(), "the proxy was asked");
}
