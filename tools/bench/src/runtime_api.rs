//! The Runtime API of Lambda for one bootstrap: starts the process, gives it events and takes its responses.
//!
//! The CPU clock of the process is read at the start and at the end of each invocation, so that an invocation has both
//! its time and its CPU time.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::child::CpuClock;

/// The time limit of an invocation: that of the function with the longest.
const TIMEOUT: Duration = Duration::from_mins(1);
/// The prefix of every path: the version of the API.
const VERSION: &str = "/2018-06-01/runtime/";

/// The bootstrap did not run as a function must.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The process does not start.
    #[error("{path} does not start: {reason}", path = path.display())]
    Start {
        /// The bootstrap.
        path: PathBuf,
        /// The reason that the system gives.
        reason: std::io::Error,
    },
    /// The process ended before it responded.
    #[error("the bootstrap ended before it responded: {0}")]
    Ended(ExitStatus),
    /// The function reported an error, at its start or for an event.
    #[error("the bootstrap reported an error: {0}")]
    Failed(String),
    /// The function did not respond in time.
    #[error("the bootstrap did not respond within {} s", TIMEOUT.as_secs())]
    TimedOut,
    /// The Runtime API itself failed.
    #[error("the Runtime API failed: {0}")]
    Io(#[from] std::io::Error),
}

/// A moment, on both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The time.
    pub at: Instant,
    /// The CPU time that the process had used.
    pub cpu: Duration,
}

/// The result of one event.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The response of the function.
    pub response: Bytes,
    /// The moment when the function took the event; for the first event, the end of its start.
    pub taken: Moment,
    /// The moment when the response arrived.
    pub answered: Moment,
}

impl Invocation {
    /// The time from the event to the response.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.answered.at.saturating_duration_since(self.taken.at)
    }

    /// The CPU time from the event to the response.
    #[must_use]
    pub fn cpu(&self) -> Duration {
        self.answered.cpu.saturating_sub(self.taken.cpu)
    }
}

/// A running bootstrap and its Runtime API. Dropping the value kills the process.
#[derive(Debug)]
pub struct Sandbox {
    /// The time just before the process was started.
    pub started: Instant,
    /// The CPU clock of the process.
    pub cpu: CpuClock,
    process: Child,
    events: mpsc::UnboundedSender<Pending>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Pending {
    event: Bytes,
    outcome: oneshot::Sender<Result<Invocation, SandboxError>>,
}

#[derive(Debug)]
struct Running {
    pending: Pending,
    taken: Moment,
}

#[derive(Debug)]
struct RuntimeApi {
    cpu: CpuClock,
    count: AtomicU64,
    events: Mutex<mpsc::UnboundedReceiver<Pending>>,
    running: Mutex<HashMap<String, Running>>,
}

impl Sandbox {
    /// Starts a bootstrap with the environment of Lambda and `environment`, and no other variables. Its logs are
    /// printed if `logs` is set.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub async fn start(bootstrap: &Path, environment: &[(&str, String)], logs: bool) -> Result<Self, SandboxError> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mut command = command(bootstrap, listener.local_addr()?);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let output = || if logs { Stdio::inherit() } else { Stdio::null() };
        command.stdin(Stdio::null()).stdout(output()).stderr(output());
        let started = Instant::now();
        let process = command.spawn().map_err(|reason| SandboxError::Start { path: bootstrap.to_owned(), reason })?;
        let cpu = CpuClock::new(&process)?;
        let (events, queue) = mpsc::unbounded_channel();
        let api = Arc::new(RuntimeApi {
            cpu,
            count: AtomicU64::default(),
            events: Mutex::new(queue),
            running: Mutex::default(),
        });
        // The process may connect before this task accepts: the listener holds it until then.
        let server = tokio::spawn(api.serve(listener));
        Ok(Self { started, cpu, process, events, server })
    }

    /// Returns the id of the process, unless it has ended.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.id()
    }

    /// Gives the function an event and returns the result.
    ///
    /// # Errors
    /// When the function fails, ends or does not respond in time.
    pub async fn invoke(&mut self, event: Bytes) -> Result<Invocation, SandboxError> {
        let (outcome, result) = oneshot::channel();
        let sent = self.events.send(Pending { event, outcome });
        sent.map_err(|_| SandboxError::TimedOut)?;
        tokio::select! {
            biased;
            result = result => result.map_err(|_| SandboxError::TimedOut)?,
            status = self.process.wait() => Err(SandboxError::Ended(status?)),
            () = sleep(TIMEOUT) => Err(SandboxError::TimedOut),
        }
    }

    /// Kills the process, and waits until it has ended.
    ///
    /// # Errors
    /// When the system refuses.
    pub async fn stop(mut self) -> Result<(), SandboxError> {
        Ok(self.process.kill().await?)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The command that starts `bootstrap`, with the environment that Lambda gives a function.
fn command(bootstrap: &Path, api: SocketAddr) -> Command {
    let mut command = Command::new(bootstrap);
    command.kill_on_drop(true).env_clear().envs([
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_NAME", "bench"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "bench"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench"),
        ("AWS_REGION", "eu-north-1"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
        ("_HANDLER", "bootstrap"),
    ]);
    command.env("AWS_LAMBDA_RUNTIME_API", api.to_string());
    command
}

impl RuntimeApi {
    async fn serve(self: Arc<Self>, listener: TcpListener) {
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(Arc::clone(&self).connection(stream));
        }
    }

    async fn connection(self: Arc<Self>, stream: TcpStream) {
        // Without it small responses wait for acknowledgements.
        let _ = stream.set_nodelay(true);
        let service = service_fn(move |request| {
            let api = Arc::clone(&self);
            async move { Ok::<_, Infallible>(api.respond(request).await) }
        });
        // A bootstrap that ends breaks its connection; `invoke` reports that it ended.
        let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    async fn respond(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().strip_prefix(VERSION).unwrap_or_default().to_owned();
        let segments: Vec<&str> = path.split('/').collect();
        match (request.method(), segments.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, "response"]) => {
                let body = body(request).await;
                self.finish(id, body, false).await
            }
            (&Method::POST, ["invocation", id, "error"]) => {
                let body = body(request).await;
                self.finish(id, body, true).await
            }
            (&Method::POST, ["init", "error"]) => {
                let reported = SandboxError::Failed(text(&body(request).await));
                if let Some(pending) = self.events.lock().await.recv().await {
                    let _ = pending.outcome.send(Err(reported));
                }
                status(StatusCode::ACCEPTED)
            }
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    async fn next(&self) -> Response<Full<Bytes>> {
        let Some(pending) = self.events.lock().await.recv().await else {
            return status(StatusCode::GONE);
        };
        let taken = match self.moment() {
            Ok(taken) => taken,
            Err(error) => {
                let _ = pending.outcome.send(Err(error));
                return status(StatusCode::INTERNAL_SERVER_ERROR);
            }
        };
        let id = format!("00000000-0000-4000-8000-{:012}", self.count.fetch_add(1, Ordering::Relaxed));
        let deadline = unix_millis() + TIMEOUT.as_millis();
        let response = Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", &id)
            .header("lambda-runtime-deadline-ms", deadline.to_string())
            .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-north-1:000000000000:function:bench")
            .header("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000;Sampled=0")
            .body(Full::new(pending.event.clone()));
        self.running.lock().await.insert(id, Running { pending, taken });
        response.unwrap_or_else(|_| status(StatusCode::INTERNAL_SERVER_ERROR))
    }

    async fn finish(&self, id: &str, body: Bytes, failed: bool) -> Response<Full<Bytes>> {
        let answered = self.moment();
        let Some(Running { pending, taken }) = self.running.lock().await.remove(id) else {
            return status(StatusCode::BAD_REQUEST);
        };
        let outcome = match answered {
            Ok(answered) if !failed => Ok(Invocation { response: body, taken, answered }),
            Ok(_) => Err(SandboxError::Failed(text(&body))),
            Err(error) => Err(error),
        };
        let _ = pending.outcome.send(outcome);
        status(StatusCode::ACCEPTED)
    }

    fn moment(&self) -> Result<Moment, SandboxError> {
        Ok(Moment { at: Instant::now(), cpu: self.cpu.used()? })
    }
}

async fn body(request: Request<Incoming>) -> Bytes {
    // A body that breaks off is read as an empty one, which no caller takes for a response.
    let collected = timeout(TIMEOUT, request.into_body().collect()).await;
    collected.ok().and_then(Result::ok).map(http_body_util::Collected::to_bytes).unwrap_or_default()
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

fn unix_millis() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn error_is_returned_if_the_bootstrap_is_missing_or_ends() {
        let missing = Sandbox::start(Path::new("/nowhere/bootstrap"), &[], false).await;
        assert!(matches!(missing, Err(SandboxError::Start { .. })), "{missing:?}");
        let mut ends = Sandbox::start(Path::new("/bin/false"), &[], false).await.unwrap();
        let ended = ends.invoke(Bytes::new()).await;
        assert!(matches!(ended, Err(SandboxError::Ended(status)) if !status.success()), "{ended:?}");
    }
}
