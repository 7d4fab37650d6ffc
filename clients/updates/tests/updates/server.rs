//! A test server: the Network API of a simulated CentOps and a mirror of artefacts, over TLS or loopback http.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use centops_updates::{Config, KeySource, UpdateClient, Versions};
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::HeaderMap;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::fixture::{ARTEFACT, Fixture, key_set};

/// A received request.
#[derive(Clone, Debug)]
pub struct Received {
    pub line: String,
    pub headers: HeaderMap,
    pub body: Value,
}

/// A prepared response.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
    pub end: BodyEnd,
}

/// What follows the bytes of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyEnd {
    /// The end.
    End,
    /// The same bytes, without an end.
    Repeated,
    /// Nothing, and no end: the server is as slow as can be.
    Silence,
}

/// The simulated CentOps.
pub struct Centops {
    pub fixture: Fixture,
    /// The base URL of the mirror that answers link to; `None`: this server.
    pub base: Option<String>,
    /// Replies that replace those of the simulation, by request line.
    pub replies: BTreeMap<String, Reply>,
    requests: Vec<Received>,
}

pub struct Server {
    pub address: SocketAddr,
    centops: Arc<Mutex<Centops>>,
    /// The certificate of the authority, PEM; `None` without TLS.
    authority: Option<String>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), end: BodyEnd::End }
    }

    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn with_end(self, end: BodyEnd) -> Self {
        Self { end, ..self }
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    pub async fn start_tls() -> Self {
        Self::start_with(Some(new_acceptor())).await
    }

    async fn start_with(tls: Option<(TlsAcceptor, String)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let centops = Centops { fixture: Fixture::new(), base: None, replies: BTreeMap::new(), requests: Vec::new() };
        let centops = Arc::new(Mutex::new(centops));
        let (acceptor, authority) = tls.unzip();
        let accepting = tokio::spawn(accept(listener, acceptor, Arc::clone(&centops)));
        Self { address, centops, authority, accepting }
    }

    pub fn centops(&self) -> MutexGuard<'_, Centops> {
        self.centops.lock().expect("not poisoned")
    }

    /// Replaces the reply to a request line, such as `GET /updates`.
    pub fn reply(&self, line: &str, reply: Reply) {
        self.centops().replies.insert(line.to_owned(), reply);
    }

    /// Returns the requests since the last call.
    pub fn take_requests(&self) -> Vec<Received> {
        std::mem::take(&mut self.centops().requests)
    }

    /// Returns the lines of the requests since the last call.
    pub fn take_lines(&self) -> Vec<String> {
        self.take_requests().into_iter().map(|request| request.line).collect()
    }

    pub fn url(&self, path: &str) -> String {
        match &self.authority {
            Some(_) => format!("https://localhost:{}{path}", self.address.port()),
            None => format!("http://{}{path}", self.address),
        }
    }

    /// Returns the settings of a client: pinned keys without TLS, fetched ones with it.
    pub fn config(&self, folder: &Path) -> Config {
        let centops = self.centops();
        let keys = match &self.authority {
            Some(_) => KeySource::Fetched,
            None => KeySource::Pinned(key_set(&[&centops.fixture.centops])),
        };
        let state = Arc::clone(&self.centops);
        Config {
            keys,
            enrolment: centops.fixture.trusted.enrolment,
            authorities: self.authority.clone().map(String::into_bytes),
            release_keys: centops.fixture.keys.releases.clone(),
            allow_loopback_http: true,
            clock: Arc::new(move || state.lock().expect("not poisoned").fixture.now),
            ..Config::new(self.url("").parse().expect("a URL"), "tax-board", folder.join("updates.json"))
        }
    }

    pub async fn client(&self, folder: &Path) -> UpdateClient {
        UpdateClient::start(self.config(folder)).await.expect("a valid configuration")
    }

    pub fn running(&self) -> Versions {
        self.centops().fixture.request.running.clone()
    }

    pub fn set_now(&self, now: Timestamp) {
        self.centops().fixture.now = now;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Centops {
    fn respond(&self, received: &Received, base: &str) -> Reply {
        if let Some(reply) = self.replies.get(&received.line) {
            return reply.clone();
        }
        match received.line.as_str() {
            "GET /keys" => Reply::new(200, json!({"keys": [self.fixture.centops.jwk()]}).to_string()),
            "GET /updates" => {
                let nonce = received.headers["centops-nonce"].to_str().expect("text");
                let mut answer = self.fixture.answer_with("nonce", nonce);
                answer["offers"][0]["artefact"]["url"] =
                    json!(format!("{}/artefact", self.base.as_deref().unwrap_or(base)));
                self.signed(&answer)
            }
            "GET /artefact" => Reply::new(200, ARTEFACT),
            "PUT /versions" | "PUT /updates/bot/state" => Reply::new(200, "{}"),
            _ => Reply::new(404, "{}"),
        }
    }

    pub fn signed(&self, answer: &Value) -> Reply {
        let signed = self.fixture.sign(answer);
        Reply::new(200, signed.body.to_vec()).with_header("centops-signature", signed.signature)
    }
}

/// A body with a [`BodyEnd`].
struct ReplyBody {
    bytes: Option<Bytes>,
    end: BodyEnd,
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = if self.end == BodyEnd::Repeated { self.bytes.clone() } else { self.bytes.take() };
        match bytes {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None if self.end == BodyEnd::Silence => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
}

fn new_acceptor() -> (TlsAcceptor, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let certificate = params.signed_by(&key, &authority).expect("a certificate");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .expect("a certificate and its key");
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, centops: Arc<Mutex<Centops>>) {
    let scheme = if tls.is_some() { "https://localhost" } else { "http://127.0.0.1" };
    let base = format!("{scheme}:{}", listener.local_addr().expect("an address").port());
    // The connections end when the set is dropped with the server's task.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let (centops, tls, base) = (Arc::clone(&centops), tls.clone(), base.clone());
        connections.spawn(async move {
            let service = service_fn(move |request| respond(Arc::clone(&centops), base.clone(), request));
            let http = http1::Builder::new();
            // Some tests disconnect: errors are expected.
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

async fn respond(
    centops: Arc<Mutex<Centops>>,
    base: String,
    request: Request<Incoming>,
) -> Result<Response<ReplyBody>, Infallible> {
    let line = format!("{} {}", request.method(), request.uri());
    let headers = request.headers().clone();
    let body = request.into_body().collect().await.expect("a body").to_bytes();
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let received = Received { line, headers, body };
    let mut centops = centops.lock().expect("not poisoned");
    let reply = centops.respond(&received, &base);
    centops.requests.push(received);
    let mut response = Response::new(ReplyBody { bytes: Some(reply.body), end: reply.end });
    *response.status_mut() = reply.status.try_into().expect("a status");
    for (name, value) in reply.headers {
        response.headers_mut().insert(name, value.parse().expect("a header"));
    }
    Ok(response)
}
