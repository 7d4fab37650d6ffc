//! The targets: one server that all addresses of 127/8 reach, on a thread of its own.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use centops_domain::chatbots::Name;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use jiff::{SignedDuration, Timestamp};
use tokio::net::{TcpListener, TcpStream};

use crate::error::BenchError;

/// The time after which a slow target answers.
const SLOW: Duration = Duration::from_secs(5);

/// The number of chatbots that are due within the minute.
pub const DUE: usize = 10_000;

/// A chatbot to probe.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its number.
    pub index: usize,
    /// Its name.
    pub name: Name,
    /// Its address.
    pub uri: String,
}

impl Target {
    /// Returns the time at which it is due: the due times are spread evenly over the minute after `start`.
    #[must_use]
    pub fn due(&self, start: Timestamp) -> Timestamp {
        let offset = i64::try_from(self.index % DUE * 60_000 / DUE).unwrap_or_default();
        start + SignedDuration::from_millis(offset)
    }
}

/// Returns the name `text`.
///
/// # Errors
/// When it breaks the rules of names.
pub fn name(text: &str) -> Result<Name, BenchError> {
    text.parse().map_err(|_| BenchError::Io(std::io::Error::other(format!("{text} is no name"))))
}

/// The conduct of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conduct {
    Healthy,
    /// Closes the connection without an answer.
    Dead,
    /// Answers after [`SLOW`].
    Slow,
    /// Every other answer is a failure.
    Flapping,
}

impl Conduct {
    /// One of a hundred is dead, one slow and one flapping.
    fn of(index: usize) -> Self {
        match index % 100 {
            7 => Self::Dead,
            37 => Self::Slow,
            67 => Self::Flapping,
            _ => Self::Healthy,
        }
    }
}

/// Requests to one target.
#[derive(Debug, Default)]
struct Requests {
    /// The first of the prober.
    first: Option<Timestamp>,
    /// The number of the exporter's.
    exporter: usize,
    all: usize,
}

type Log = Arc<Mutex<HashMap<usize, Requests>>>;

/// The running server. It ends with the program.
#[derive(Debug)]
pub struct Targets {
    port: u16,
    log: Log,
}

impl Targets {
    /// Starts the server.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn start() -> Result<Self, BenchError> {
        let listener = std::net::TcpListener::bind("0.0.0.0:0")?;
        listener.set_nonblocking(true)?;
        let (port, log) = (listener.local_addr()?.port(), Log::default());
        let served = Arc::clone(&log);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(serve(listener, served))
        });
        Ok(Self { port, log })
    }

    /// Returns `count` chatbots, each with an address of its own.
    ///
    /// # Errors
    /// When a name breaks the rules of names.
    pub fn chatbots(&self, count: usize) -> Result<Vec<Target>, BenchError> {
        let target =
            |index: usize| Ok(Target { index, name: name(&format!("probed-{index:05}"))?, uri: self.uri(index) });
        (0..count).map(target).collect()
    }

    /// Returns the address of the target `index`.
    #[must_use]
    pub fn uri(&self, index: usize) -> String {
        let [high, low] = u16::try_from(index).unwrap_or_default().to_be_bytes();
        format!("http://{}:{}/messages", Ipv4Addr::new(127, 1, high, low), self.port)
    }

    /// Returns how late the prober first asked each of the `targets` it asked, in ms. Each was due at its offset from
    /// `start`.
    #[must_use]
    pub fn lateness(&self, targets: &[Target], start: Timestamp) -> Vec<f64> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let late = |target: &Target| {
            let first = log.get(&target.index)?.first?;
            Some(first.duration_since(target.due(start)).as_secs_f64() * 1000.0)
        };
        targets.iter().filter_map(late).collect()
    }

    /// Returns the number of targets that the exporter asked.
    #[must_use]
    pub fn asked_by_exporter(&self) -> usize {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.values().filter(|requests| requests.exporter > 0).count()
    }
}

async fn serve(listener: std::net::TcpListener, log: Log) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(connection(stream, Arc::clone(&log)));
    }
}

async fn connection(stream: TcpStream, log: Log) {
    let Ok(address) = stream.local_addr() else { return };
    let index = index(address);
    let service = service_fn(|request| respond(index, request, &log));
    // A target that is dead breaks the connection.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

fn index(address: SocketAddr) -> usize {
    match address.ip() {
        IpAddr::V4(ip) => usize::from(u16::from_be_bytes([ip.octets()[2], ip.octets()[3]])),
        IpAddr::V6(_) => 0,
    }
}

/// No answer is sent.
#[derive(Debug, thiserror::Error)]
#[error("the target is dead")]
struct Dead;

impl From<Infallible> for Dead {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

async fn respond(index: usize, request: Request<Incoming>, log: &Log) -> Result<Response<Full<Bytes>>, Dead> {
    let now = Timestamp::now();
    let agent = request.headers().get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let is_prober = agent.starts_with("centops");
    let number = {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        let requests = log.entry(index).or_default();
        if is_prober {
            requests.first.get_or_insert(now);
        } else {
            requests.exporter += 1;
        }
        requests.all += 1;
        requests.all
    };
    let mut response = Response::new(Full::default());
    match Conduct::of(index) {
        Conduct::Dead => return Err(Dead),
        Conduct::Slow => tokio::time::sleep(SLOW).await,
        Conduct::Flapping if number % 2 == 0 => *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE,
        Conduct::Flapping | Conduct::Healthy => {}
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_has_an_address_and_three_of_a_hundred_are_unhealthy() {
        let targets = Targets { port: 80, log: Log::default() };
        assert_eq!(targets.uri(0x0102), "http://127.1.1.2:80/messages");
        assert_eq!(index(SocketAddr::from(([127, 1, 1, 2], 80))), 0x0102);
        let healthy = (0..1000).filter(|index| Conduct::of(*index) == Conduct::Healthy).count();
        assert_eq!(healthy, 970);
    }
}
