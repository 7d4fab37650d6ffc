//! A proxy in front of the table that injects faults: it loses and delays requests and responses at random.
//!
//! A lost request never arrives. A lost response is that of a request that was carried out. A late request is carried
//! out although its sender may have given up. The sender sees a broken connection, or nothing until it gives up.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::http::uri::{Authority, Scheme};
use hyper::service::service_fn;
use hyper::{Request, Response, Uri};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::KeyPair;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

/// Longer than any sender waits.
const SILENCE: Duration = Duration::from_mins(1);

/// The time within which a response is in time. No sender here gives up sooner.
pub const IN_TIME: Duration = Duration::from_millis(50);

/// The rate of each fault, and the delays. A rate is a number of requests in a thousand.
#[derive(Debug, Clone, Copy, Default)]
pub struct FaultRates {
    /// The rate of lost requests.
    pub lost_requests: u32,
    /// The rate of lost responses.
    pub lost_responses: u32,
    /// The rate of late requests and late responses together.
    pub late: u32,
    /// The longest delay of a late request or response.
    pub delay: Duration,
    /// Of a thousand losses, those where the sender sees silence instead of a broken connection.
    pub silent: u32,
    /// The delay of every transaction.
    pub transaction: Duration,
}

/// The fault of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    RequestLost,
    ResponseLost,
    RequestLate(Duration),
    ResponseLate(Duration),
}

/// The proxy. Dropping the value stops it.
#[derive(Debug)]
pub struct FaultProxy {
    /// The address that it listens on.
    pub address: SocketAddr,
    link: Arc<Link>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Link {
    table: Authority,
    client: Client<HttpConnector, Full<Bytes>>,
    /// The response with the signing keys: Secrets Manager is served at the same address.
    secret: String,
    rates: Mutex<FaultRates>,
    random: Mutex<fastrand::Rng>,
    injected: AtomicUsize,
    received: AtomicUsize,
    in_time: AtomicUsize,
}

/// The response is not sent: the connection breaks instead.
#[derive(Debug, thiserror::Error)]
#[error("lost")]
struct Lost;

impl FaultProxy {
    /// Starts a proxy in front of `table`, with a random source of `seed`.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start(table: SocketAddr, seed: u64, rates: FaultRates) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let link = Arc::new(Link {
            table: table.to_string().parse().map_err(std::io::Error::other)?,
            client: Client::builder(TokioExecutor::new()).build_http(),
            secret: secret().map_err(std::io::Error::other)?,
            rates: Mutex::new(rates),
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
            injected: AtomicUsize::default(),
            received: AtomicUsize::default(),
            in_time: AtomicUsize::default(),
        });
        let server = tokio::spawn(Arc::clone(&link).serve(listener));
        Ok(Self { address, link, server })
    }

    /// Sets the rates of later requests.
    pub fn set_rates(&self, rates: FaultRates) {
        *self.link.rates.lock().unwrap_or_else(PoisonError::into_inner) = rates;
    }

    /// Replaces the random source by one of `seed`.
    pub fn reseed(&self, seed: u64) {
        *self.link.random.lock().unwrap_or_else(PoisonError::into_inner) = fastrand::Rng::with_seed(seed);
    }

    /// Returns the number of faults injected so far, delays included.
    #[must_use]
    pub fn injected(&self) -> usize {
        self.link.injected.load(Ordering::SeqCst)
    }

    /// Returns the number of requests without a response in time. Their senders may have given up, and sent them again.
    #[must_use]
    pub fn unclear(&self) -> usize {
        self.link.received.load(Ordering::SeqCst) - self.link.in_time.load(Ordering::SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Returns true if `request` is of the AWS operation `target`.
fn is_target(request: &Request<Incoming>, target: &[u8]) -> bool {
    request.headers().get("x-amz-target").is_some_and(|found| found.as_bytes() == target)
}

/// A response of Secrets Manager with a new signing key.
fn secret() -> Result<String, rcgen::Error> {
    let keys = json!({"keys": [KeyPair::generate()?.serialize_pem()]}).to_string();
    Ok(json!({"ARN": "bench", "Name": "bench", "SecretString": keys}).to_string())
}

impl Link {
    async fn serve(self: Arc<Self>, listener: TcpListener) {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(Arc::clone(&self).connection(stream));
            while connections.try_join_next().is_some() {}
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream) {
        // As for the Runtime API: without it small responses wait.
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |request| Arc::clone(&self).respond(request));
        // A connection that was broken on purpose ends with the error that broke it.
        let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn respond(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Lost> {
        if is_target(&request, b"secretsmanager.GetSecretValue") {
            return Ok(Response::new(self.secret.clone().into()));
        }
        let received = Instant::now();
        self.received.fetch_add(1, Ordering::SeqCst);
        let transaction = is_target(&request, b"DynamoDB_20120810.TransactWriteItems");
        let request = self.readdress(request).await?;
        let (fault, silent, pause) = self.draw(transaction);
        let link = Arc::clone(&self);
        // In a task of its own: the request arrives although its sender gives up.
        let forwarded = tokio::spawn(async move {
            sleep(pause).await;
            link.forward(request, fault).await
        });
        let response = forwarded.await.unwrap_or(Err(Lost));
        if response.is_err() && silent {
            sleep(SILENCE).await;
        }
        if response.is_ok() && received.elapsed() < IN_TIME + pause {
            self.in_time.fetch_add(1, Ordering::SeqCst);
        }
        response
    }

    /// Reads the whole of `request`, and addresses it to the table.
    async fn readdress(&self, request: Request<Incoming>) -> Result<Request<Full<Bytes>>, Lost> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
        let mut request = Request::from_parts(head, Full::new(body));
        let uri = Uri::builder().scheme(Scheme::HTTP).authority(self.table.clone());
        *request.uri_mut() = uri.path_and_query(request.uri().path()).build().map_err(|_| Lost)?;
        Ok(request)
    }

    /// Sends `request` to the table, with `fault`.
    async fn forward(&self, request: Request<Full<Bytes>>, fault: Fault) -> Result<Response<Full<Bytes>>, Lost> {
        match fault {
            Fault::RequestLost => return Err(Lost),
            Fault::RequestLate(delay) => sleep(delay).await,
            _ => (),
        }
        let response = self.client.request(request).await.map_err(|_| Lost)?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
        match fault {
            Fault::ResponseLost => return Err(Lost),
            Fault::ResponseLate(delay) => sleep(delay).await,
            _ => (),
        }
        Ok(Response::from_parts(head, Full::new(body)))
    }

    /// Draws the fault of the next request, whether its loss is silent, and its delay as a transaction.
    fn draw(&self, transaction: bool) -> (Fault, bool, Duration) {
        let rates = *self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = if transaction { rates.transaction } else { Duration::ZERO };
        let (drawn, delay) = (random.u32(..1000), rates.delay.mul_f64(random.f64()));
        let (first, second) = (rates.lost_requests, rates.lost_requests + rates.lost_responses);
        let fault = match drawn {
            drawn if drawn < first => Fault::RequestLost,
            drawn if drawn < second => Fault::ResponseLost,
            drawn if drawn < second + rates.late / 2 => Fault::RequestLate(delay),
            drawn if drawn < second + rates.late => Fault::ResponseLate(delay),
            _ => Fault::None,
        };
        if fault != Fault::None {
            self.injected.fetch_add(1, Ordering::SeqCst);
        }
        (fault, random.u32(..1000) < rates.silent, pause)
    }
}
