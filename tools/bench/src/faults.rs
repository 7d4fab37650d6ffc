//! A network before the table that loses and delays, as its dice say.
//!
//! A lost request never arrives; a lost answer is that of a request that was carried out; a late request
//! is carried out although nobody waits for it any more. Whoever asked sees a connection that breaks, or
//! nothing at all until it gives up.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::http::uri::{Authority, Scheme};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::KeyPair;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

/// Longer than anybody waits.
const SILENCE: Duration = Duration::from_mins(1);

/// An answer is soon within this time. Nobody here gives up sooner.
pub const SOON: Duration = Duration::from_millis(50);

/// How often what happens, of a thousand requests, and how long delays are.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// The request is lost.
    pub lost_requests: u32,
    /// The answer is lost.
    pub lost_answers: u32,
    /// The request or the answer is late.
    pub late: u32,
    /// The most that it is late by.
    pub delay: Duration,
    /// Whether what is lost is waited for, or breaks the connection: of a thousand, so many are waited for.
    pub silent: u32,
    /// What every transaction takes longer.
    pub transaction: Duration,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Passes,
    RequestLost,
    AnswerLost,
    RequestLate(Duration),
    AnswerLate(Duration),
}

/// The network, while it is there. Ends with its value.
#[derive(Debug)]
pub struct Network {
    /// Where it listens.
    pub address: SocketAddr,
    link: Arc<Link>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Link {
    table: Authority,
    client: Client<HttpConnector, Full<Bytes>>,
    /// The answer that has the keys to sign with: Secrets Manager is at the same address.
    secret: String,
    weather: Mutex<Weather>,
    dice: Mutex<fastrand::Rng>,
    injected: AtomicUsize,
    asked: AtomicUsize,
    answered: AtomicUsize,
}

/// The answer is not sent: the connection ends instead.
#[derive(Debug, thiserror::Error)]
#[error("lost")]
struct Lost;

impl Network {
    /// Starts before `table`, with dice of `seed`.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start(table: SocketAddr, seed: u64, weather: Weather) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let link = Arc::new(Link {
            table: table.to_string().parse().map_err(std::io::Error::other)?,
            client: Client::builder(TokioExecutor::new()).build_http(),
            secret: secret().map_err(std::io::Error::other)?,
            weather: Mutex::new(weather),
            dice: Mutex::new(fastrand::Rng::with_seed(seed)),
            injected: AtomicUsize::default(),
            asked: AtomicUsize::default(),
            answered: AtomicUsize::default(),
        });
        let server = tokio::spawn(Arc::clone(&link).serve(listener));
        Ok(Self { address, link, server })
    }

    /// Changes what happens from now on.
    pub fn set(&self, weather: Weather) {
        *self.link.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }

    /// Throws the dice of `seed` from now on.
    pub fn reseed(&self, seed: u64) {
        *self.link.dice.lock().unwrap_or_else(PoisonError::into_inner) = fastrand::Rng::with_seed(seed);
    }

    /// How many requests met a fault up to now, delays included.
    #[must_use]
    pub fn injected(&self) -> usize {
        self.link.injected.load(Ordering::SeqCst)
    }

    /// How many requests were not answered, or not soon: whoever sent one may have given it up, and sent
    /// it again.
    #[must_use]
    pub fn unclear(&self) -> usize {
        self.link.asked.load(Ordering::SeqCst) - self.link.answered.load(Ordering::SeqCst)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Whether `request` is of the operation `target`.
fn asks(request: &Request<Incoming>, target: &[u8]) -> bool {
    request.headers().get("x-amz-target").is_some_and(|asked| asked.as_bytes() == target)
}

/// An answer with a new key to sign routes with.
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
        // As for the Runtime API: without it small answers wait.
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |request| Arc::clone(&self).answer(request));
        // A connection that was lost on purpose ends with the error that made it.
        let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Lost> {
        if asks(&request, b"secretsmanager.GetSecretValue") {
            return Ok(Response::new(self.secret.clone().into()));
        }
        let asked = Instant::now();
        self.asked.fetch_add(1, Ordering::SeqCst);
        let transaction = asks(&request, b"DynamoDB_20120810.TransactWriteItems");
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
        let (fate, silent, takes) = self.fate(transaction);
        let mut request = Request::from_parts(head, Full::new(body));
        let parts = hyper::Uri::builder().scheme(Scheme::HTTP).authority(self.table.clone());
        let parts = parts.path_and_query(request.uri().path());
        *request.uri_mut() = parts.build().map_err(|_| Lost)?;
        let client = self.client.clone();
        // In a task of its own: it arrives although the sender gives up.
        let answer = tokio::spawn(async move {
            sleep(takes).await;
            match fate {
                Fate::RequestLost => return Err(Lost),
                Fate::RequestLate(delay) => sleep(delay).await,
                _ => (),
            }
            let answer = client.request(request).await.map_err(|_| Lost)?;
            let (head, body) = answer.into_parts();
            let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
            match fate {
                Fate::AnswerLost => return Err(Lost),
                Fate::AnswerLate(delay) => sleep(delay).await,
                _ => (),
            }
            Ok(Response::from_parts(head, Full::new(body)))
        });
        let answer = answer.await.unwrap_or(Err(Lost));
        if answer.is_err() && silent {
            sleep(SILENCE).await;
        }
        if answer.is_ok() && asked.elapsed() < SOON + takes {
            self.answered.fetch_add(1, Ordering::SeqCst);
        }
        answer
    }

    /// What becomes of the next request, whether one that is lost is waited for, and what it takes longer.
    fn fate(&self, transaction: bool) -> (Fate, bool, Duration) {
        let weather = *self.weather.lock().unwrap_or_else(PoisonError::into_inner);
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let takes = if transaction { weather.transaction } else { Duration::ZERO };
        let (throw, delay) = (dice.u32(..1000), weather.delay.mul_f64(dice.f64()));
        let (first, second) = (weather.lost_requests, weather.lost_requests + weather.lost_answers);
        let fate = match throw {
            throw if throw < first => Fate::RequestLost,
            throw if throw < second => Fate::AnswerLost,
            throw if throw < second + weather.late / 2 => Fate::RequestLate(delay),
            throw if throw < second + weather.late => Fate::AnswerLate(delay),
            _ => Fate::Passes,
        };
        if !matches!(fate, Fate::Passes) {
            self.injected.fetch_add(1, Ordering::SeqCst);
        }
        (fate, dice.u32(..1000) < weather.silent, takes)
    }
}
