//! A Network API of this machine: HTTP or mutual TLS, with a network in memory behind it.

use std::convert::Infallible;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use centops_routes::keeper::{Answer, Ask};
use centops_routes::simulation::{Network, Signer};
use centops_routes::{Config, KeySource, Keys, Signed};
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

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub target: String,
    pub headers: HeaderMap,
}

/// What the server does with a request, apart from what is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Right,
    /// 500.
    Ill,
    /// The body ends one byte early, with a length that fits.
    Cut,
    /// In this content encoding.
    Compressed(&'static str),
    /// It never answers.
    Silent,
}

pub struct Server {
    pub address: SocketAddr,
    state: Arc<State>,
    accepting: tokio::task::JoinHandle<()>,
}

struct State {
    network: Mutex<Network>,
    mood: Mutex<Mood>,
    seen: Mutex<Vec<Seen>>,
}

impl Server {
    /// Ten chatbots, `bot-0` to `bot-9`.
    pub async fn start(tls: Option<TlsAcceptor>) -> Self {
        let mut network = Network::new(Signer::new().expect("a key"), Timestamp::UNIX_EPOCH);
        for number in 0..10 {
            network.put(&format!("bot-{number}"), "https://bot/messages", Timestamp::UNIX_EPOCH);
        }
        let state = State { network: Mutex::new(network), mood: Mutex::default(), seen: Mutex::default() };
        let (listener, state) = (TcpListener::bind("127.0.0.1:0").await.expect("a port"), Arc::new(state));
        let address = listener.local_addr().expect("an address");
        let accepting = tokio::spawn(accept(listener, tls, Arc::clone(&state)));
        Self { address, state, accepting }
    }

    pub fn network(&self) -> MutexGuard<'_, Network> {
        self.state.network.lock().expect("not poisoned")
    }

    pub fn set_mood(&self, mood: Mood) {
        *self.state.mood.lock().expect("not poisoned") = mood;
    }

    /// The requests since it was asked last.
    pub fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.state.seen.lock().expect("not poisoned"))
    }

    pub fn targets(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.target).collect()
    }

    /// A DMR that knows this server's keys and asks only when it is told to.
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
    // Dropped with the server: its connections end with it.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (state, tls) = (Arc::clone(&state), tls.clone());
        connections.spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&state), request));
            let serving = http1::Builder::new();
            // A client that is refused or gone is what some tests are about.
            let _ended = match tls {
                None => serving.serve_connection(TokioIo::new(stream), service).await,
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => serving.serve_connection(TokioIo::new(stream), service).await,
                    Err(_) => return,
                },
            };
        });
    }
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let seen = Seen { target: request.uri().to_string(), headers: request.headers().clone() };
    state.seen.lock().expect("not poisoned").push(seen);
    let mood = *state.mood.lock().expect("not poisoned");
    if mood == Mood::Silent {
        std::future::pending::<()>().await;
    }
    if mood == Mood::Ill {
        return Ok(response(500, &Signed::new("", &b"{\"title\":\"ill\"}"[..])));
    }
    let (status, mut signed) = routed(&state.network.lock().expect("not poisoned"), &request);
    if mood == Mood::Cut {
        signed.body = signed.body.split_last().map(|(_, rest)| rest).unwrap_or_default().into();
    }
    let Mood::Compressed(encoding) = mood else { return Ok(response(status, &signed)) };
    signed.body = compressed(encoding, &signed.body).into();
    let mut response = response(status, &signed);
    response.headers_mut().insert("content-encoding", encoding.parse().expect("a header"));
    Ok(response)
}

fn compressed(encoding: &str, body: &[u8]) -> Vec<u8> {
    if encoding == "zstd" {
        return zstd::encode_all(body, 3).expect("it is compressed");
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(body).expect("it is compressed");
    encoder.finish().expect("it is compressed")
}

fn routed(network: &Network, request: &Request<Incoming>) -> (u16, Signed) {
    let query = |name: &str| {
        let pairs = request.uri().query().unwrap_or_default().split('&');
        pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let plain = |status, body: &str| (status, Signed::new("", body.as_bytes()));
    let number = |text: &str| text.parse::<usize>().expect("a number");
    match request.uri().path() {
        "/keys" => plain(200, &network.jwks()),
        "/routes" => match (query("since"), query("cursor")) {
            (Some(since), _) => {
                let known = format!("\"{}\"", network.revision());
                assert_eq!(
                    request.headers().get("if-none-match").is_some_and(|tag| tag.as_bytes() == known.as_bytes()),
                    since == network.revision().to_string(),
                );
                match network.answer(Ask::Since(since.parse().expect("a revision"))).expect("an answer") {
                    Answer::Unchanged => plain(304, ""),
                    Answer::Delta(signed) => (200, signed),
                    Answer::Gone | Answer::Whole(_) => plain(410, "{}"),
                }
            }
            (None, cursor) => {
                let pages = network.pages().expect("pages");
                (200, pages[cursor.map_or(0, |cursor| number(cursor) - 1)].clone())
            }
        },
        "/routes/bot-0" => plain(200, r#"{"name":"bot-0","uri":"https://bot/messages","type":"ministry"}"#),
        "/routes/asleep" => plain(409, r#"{"status":409,"chatbotStatus":"Offline","since":"2026-11-21T09:00:00Z"}"#),
        _ => plain(404, "{}"),
    }
}

fn response(status: u16, signed: &Signed) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(signed.body.to_vec()));
    *response.status_mut() = status.try_into().expect("a status");
    if !signed.signature.is_empty() {
        response.headers_mut().insert("centops-signature", signed.signature.parse().expect("a header"));
    }
    response
}
