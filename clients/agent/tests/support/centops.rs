//! CentOps over HTTP: signed route tables, and a count of the codes that respects idempotency keys.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use centops_routes::simulation::{Signer, SimulatedNetwork};
use centops_routes::{RouteRequest, RouteResponse};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// What CentOps does with reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Accept,
    /// 429 with `Retry-After: 0`.
    Throttle,
    /// Counts the batch, then answers 503.
    LoseAnswers,
    /// Does not count it, and answers 503.
    Unavailable,
}

pub struct CentOps {
    pub network: Mutex<SimulatedNetwork>,
    pub mode: Mutex<Mode>,
    /// Codes by chatbot and outcome.
    pub counts: Mutex<BTreeMap<(String, String), u64>>,
    keys: Mutex<HashMap<String, Instant>>,
    /// Codes that were counted more than once.
    pub doubled: Mutex<u64>,
    pub heartbeats: Mutex<Vec<Value>>,
    /// The `tableRevision` of the last report with codes.
    pub last_revision: Mutex<Value>,
    /// The time for which a key is recognised.
    key_hold: Duration,
    port: u16,
    accepting: Mutex<Option<AbortHandle>>,
}

impl CentOps {
    pub async fn start(key_hold: Duration) -> Arc<Self> {
        let mut network = SimulatedNetwork::new(Signer::new().expect("a key"), Timestamp::UNIX_EPOCH);
        network.set_page_size(1_000_000);
        let port = super::nginx::free_port();
        let centops = Arc::new(Self {
            network: Mutex::new(network),
            mode: Mutex::new(Mode::Accept),
            counts: Mutex::default(),
            keys: Mutex::default(),
            doubled: Mutex::default(),
            heartbeats: Mutex::default(),
            last_revision: Mutex::default(),
            key_hold,
            port,
            accepting: Mutex::default(),
        });
        centops.connect().await;
        centops
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn jwks(&self) -> String {
        self.network.lock().expect("not poisoned").jwks()
    }

    pub fn put(&self, name: &str, uri: &str) {
        self.network.lock().expect("not poisoned").put(name, uri, Timestamp::now());
    }

    pub fn set_mode(&self, mode: Mode) {
        *self.mode.lock().expect("not poisoned") = mode;
    }

    pub fn total(&self) -> u64 {
        self.counts.lock().expect("not poisoned").values().sum()
    }

    pub fn of(&self, chatbot: &str) -> Vec<(String, u64)> {
        let counts = self.counts.lock().expect("not poisoned");
        counts.iter().filter(|((name, _), _)| name == chatbot).map(|((_, outcome), n)| (outcome.clone(), *n)).collect()
    }

    /// Accepts connections again.
    pub async fn connect(self: &Arc<Self>) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.expect("the port");
        let centops = Arc::clone(self);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let centops = Arc::clone(&centops);
                let service = service_fn(move |request| respond(Arc::clone(&centops), request));
                tokio::spawn(http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service));
            }
        });
        *self.accepting.lock().expect("not poisoned") = Some(task.abort_handle());
    }

    /// Accepts connections, whether it did or not.
    pub async fn connect_again(self: &Arc<Self>) {
        if self.accepting.lock().expect("not poisoned").is_none() {
            self.connect().await;
        }
    }

    /// Refuses connections.
    pub fn disconnect(&self) {
        if let Some(task) = self.accepting.lock().expect("not poisoned").take() {
            task.abort();
        }
    }

    fn report(&self, key: &str, body: &Value) -> u16 {
        let codes = body["codes"].as_array().expect("codes");
        let mode = *self.mode.lock().expect("not poisoned");
        if codes.is_empty() {
            self.heartbeats.lock().expect("not poisoned").push(body.clone());
            return 202;
        }
        match mode {
            Mode::Throttle => return 429,
            Mode::Unavailable => return 503,
            Mode::Accept | Mode::LoseAnswers => {}
        }
        *self.last_revision.lock().expect("not poisoned") = body["tableRevision"].clone();
        let mut keys = self.keys.lock().expect("not poisoned");
        let is_known = keys.get(key).is_some_and(|at| at.elapsed() <= self.key_hold);
        if !is_known {
            if keys.contains_key(key) {
                *self.doubled.lock().expect("not poisoned") += codes.len() as u64;
            }
            keys.insert(key.to_owned(), Instant::now());
            let mut counts = self.counts.lock().expect("not poisoned");
            for code in codes {
                let outcome = code["error"].as_str().map_or_else(|| code["status"].to_string(), ToOwned::to_owned);
                *counts.entry((code["chatbot"].as_str().expect("a name").to_owned(), outcome)).or_default() += 1;
            }
        }
        if mode == Mode::LoseAnswers { 503 } else { 202 }
    }
}

async fn respond(centops: Arc<CentOps>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let plain = |status: u16| {
        Response::builder().status(status).header("retry-after", "0").body(Full::default()).expect("a response")
    };
    Ok(match head.uri.path() {
        "/codes" => {
            let key = head.headers["idempotency-key"].to_str().expect("text");
            match serde_json::from_slice(&body) {
                Ok(body) => plain(centops.report(key, &body)),
                Err(_) => plain(400),
            }
        }
        "/routes" => {
            let since = head.uri.query().and_then(|query| query.strip_prefix("since=")).and_then(|n| n.parse().ok());
            let request = since.map_or(RouteRequest::FullTable, RouteRequest::ChangesSince);
            let response = centops.network.lock().expect("not poisoned").respond(request).expect("a response");
            match response {
                RouteResponse::Unchanged => plain(304),
                RouteResponse::Gone => plain(410),
                RouteResponse::Delta(signed) => signed_response(&signed.signature, &signed.body),
                RouteResponse::FullTable(pages) => signed_response(&pages[0].signature, &pages[0].body),
            }
        }
        _ => plain(404),
    })
}

fn signed_response(signature: &str, body: &[u8]) -> Response<Full<Bytes>> {
    let body = Full::from(body.to_vec());
    Response::builder().header("centops-signature", signature).body(body).expect("a response")
}
