//! A test server of the Network API: HTTP or mutual TLS, with a simulated network.

use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use centops_routes::simulation::{Signer, SimulatedNetwork};
use centops_routes::{Config, KeySource, Keys, RouteRequest, RouteResponse, SignedBody};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A received request.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    pub target: String,
    pub headers: HeaderMap,
}

/// The behaviour of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServerMode {
    #[default]
    Normal,
    /// Responds with 500.
    InternalError,
    /// Removes the last byte of the body; `Content-Length` is that of the shorter body.
    Truncated,
    /// Compresses the body with this content encoding.
    Compressed(&'static str),
    /// Never responds.
    Silent,
}

pub struct Server {
    pub address: SocketAddr,
    state: Arc<State>,
    accepting: tokio::task::JoinHandle<()>,
}

struct State {
    network: Mutex<SimulatedNetwork>,
    mode: Mutex<ServerMode>,
    requests: Mutex<Vec<ReceivedRequest>>,
}

impl Server {
    /// Starts a server with ten chatbots, `bot-0` to `bot-9`.
    pub async fn start(tls: Option<TlsAcceptor>) -> Self {
        let mut network = SimulatedNetwork::new(Signer::new().expect("a key"), Timestamp::UNIX_EPOCH);
        for number in 0..10 {
            network.put(&format!("bot-{number}"), "https://bot/messages", Timestamp::UNIX_EPOCH);
        }
        let state = State { network: Mutex::new(network), mode: Mutex::default(), requests: Mutex::default() };
        let (listener, state) = (TcpListener::bind("127.0.0.1:0").await.expect("a port"), Arc::new(state));
        let address = listener.local_addr().expect("an address");
        let accepting = tokio::spawn(accept(listener, tls, Arc::clone(&state)));
        Self { address, state, accepting }
    }

    pub fn network(&self) -> MutexGuard<'_, SimulatedNetwork> {
        self.state.network.lock().expect("not poisoned")
    }

    pub fn set_mode(&self, mode: ServerMode) {
        *self.state.mode.lock().expect("not poisoned") = mode;
    }

    /// Returns the requests since the last call.
    pub fn take_requests(&self) -> Vec<ReceivedRequest> {
        std::mem::take(&mut self.state.requests.lock().expect("not poisoned"))
    }

    /// Returns the targets of the requests since the last call.
    pub fn take_targets(&self) -> Vec<String> {
        self.take_requests().into_iter().map(|request| request.target).collect()
    }

    /// Returns the settings of a client that trusts this server's keys and polls only once an hour.
    pub fn config(&self) -> Config {
        let keys = Keys::from_jwks(self.network().jwks().as_bytes()).expect("keys");
        let url = format!("http://{}", self.address).parse().expect("an address");
        let interval = std::time::Duration::from_hours(1);
        Config { keys: KeySource::Pinned(keys), interval, ..Config::new(url) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, state: Arc<State>) {
    // The connections end when the set is dropped with the server's task.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (state, tls) = (Arc::clone(&state), tls.clone());
        connections.spawn(async move {
            let service = service_fn(move |request| respond(Arc::clone(&state), request));
            let http = http1::Builder::new();
            // Some tests disconnect or present an untrusted certificate: errors are expected.
            let _result = match tls {
                None => http.serve_connection(TokioIo::new(stream), service).await,
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => http.serve_connection(TokioIo::new(stream), service).await,
                    Err(_) => return,
                },
            };
        });
    }
}

async fn respond(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let received = ReceivedRequest { target: request.uri().to_string(), headers: request.headers().clone() };
    state.requests.lock().expect("not poisoned").push(received);
    let mode = *state.mode.lock().expect("not poisoned");
    if mode == ServerMode::Silent {
        std::future::pending::<()>().await;
    }
    if mode == ServerMode::InternalError {
        return Ok(response(500, &SignedBody::new("", &b"{\"title\":\"Internal error\"}"[..])));
    }
    let (status, mut signed) = route(&state.network.lock().expect("not poisoned"), &request);
    if mode == ServerMode::Truncated {
        signed.body = signed.body.split_last().map(|(_, rest)| rest).unwrap_or_default().into();
    }
    let ServerMode::Compressed(encoding) = mode else { return Ok(response(status, &signed)) };
    signed.body = compress(encoding, &signed.body).into();
    let mut response = response(status, &signed);
    response.headers_mut().insert("content-encoding", encoding.parse().expect("a header"));
    Ok(response)
}

fn compress(encoding: &str, body: &[u8]) -> Vec<u8> {
    if encoding == "zstd" {
        return zstd::encode_all(body, 3).expect("compressed data");
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body).expect("compressed data");
    encoder.finish().expect("compressed data")
}

fn route(network: &SimulatedNetwork, request: &Request<Incoming>) -> (u16, SignedBody) {
    let query = |name: &str| {
        let pairs = request.uri().query().unwrap_or_default().split('&');
        pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let unsigned = |status, body: &str| (status, SignedBody::new("", body.as_bytes()));
    let number = |text: &str| text.parse::<usize>().expect("a number");
    match request.uri().path() {
        "/keys" => unsigned(200, &network.jwks()),
        "/routes" => match (query("since"), query("cursor")) {
            (Some(since), _) => {
                let etag = format!("\"{}\"", network.revision());
                assert_eq!(
                    request.headers().get("if-none-match").is_some_and(|tag| tag.as_bytes() == etag.as_bytes()),
                    since == network.revision().to_string(),
                );
                match network
                    .respond(RouteRequest::ChangesSince(since.parse().expect("a revision")))
                    .expect("a response")
                {
                    RouteResponse::Unchanged => unsigned(304, ""),
                    RouteResponse::Delta(signed) => (200, signed),
                    RouteResponse::Gone | RouteResponse::FullTable(_) => unsigned(410, "{}"),
                }
            }
            (None, cursor) => {
                let pages = network.pages().expect("pages");
                (200, pages[cursor.map_or(0, |cursor| number(cursor) - 1)].clone())
            }
        },
        "/routes/bot-0" => unsigned(200, r#"{"name":"bot-0","uri":"https://bot/messages","type":"ministry"}"#),
        "/routes/offline" => {
            unsigned(409, r#"{"status":409,"chatbotStatus":"Offline","since":"2026-11-21T09:00:00Z"}"#)
        }
        _ => unsigned(404, "{}"),
    }
}

fn response(status: u16, signed: &SignedBody) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(signed.body.to_vec()));
    *response.status_mut() = status.try_into().expect("a status");
    if !signed.signature.is_empty() {
        response.headers_mut().insert("centops-signature", signed.signature.parse().expect("a header"));
    }
    response
}
