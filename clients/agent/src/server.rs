//! HTTP servers of the agent; `/metrics`, `/healthz` and `/status` on a loopback address.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tracing::{debug, warn};

const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// The delay after a failed accept, for example if the system has no free sockets.
const ACCEPT_DELAY: Duration = Duration::from_millis(100);
/// The most connections of one server. Others wait.
const MAX_CONNECTIONS: usize = 256;

/// The state of a mode.
pub trait Monitor: Send + Sync + 'static {
    /// Returns what is wrong. Empty if the agent is healthy.
    fn problems(&self) -> Vec<String>;
    /// Returns the status as JSON.
    fn status(&self) -> Value;
    /// Returns the metrics in Prometheus' text format.
    fn metrics(&self) -> String;
}

/// Serves the monitor's state, for ever.
pub async fn serve(listener: TcpListener, monitor: Arc<impl Monitor>) {
    let handler = move |request: Request<Incoming>| std::future::ready(respond(&*monitor, &request));
    accept(listener, handler).await;
}

/// Accepts connections and answers their requests with `handler`, for ever.
pub async fn accept<H, F>(listener: TcpListener, handler: H)
where
    H: Fn(Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(%error, "failed to accept a connection");
                tokio::time::sleep(ACCEPT_DELAY).await;
                continue;
            }
        };
        let handler = handler.clone();
        tokio::spawn(async move {
            let _permit = permit;
            let service = service_fn(move |request| {
                let response = handler(request);
                async move { Ok::<_, Infallible>(response.await) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = served.await {
                debug!(%error, "connection closed with an error");
            }
        });
    }
}

fn respond(monitor: &impl Monitor, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let (status, kind, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/metrics") => (StatusCode::OK, "text/plain; version=0.0.4", monitor.metrics()),
        (&Method::GET, "/status") => (StatusCode::OK, "application/json", monitor.status().to_string()),
        (&Method::GET, "/healthz") => {
            let problems = monitor.problems();
            let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            (status, "application/json", serde_json::json!({ "problems": problems }).to_string())
        }
        _ => (StatusCode::NOT_FOUND, "text/plain", "Use GET /metrics, /healthz or /status.\n".to_owned()),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
