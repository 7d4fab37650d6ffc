//! `/metrics`, `/healthz` and `/status` on a loopback address.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tracing::{debug, warn};

use crate::metrics::Monitor;

const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// The delay after a failed accept, for example if the system has no free sockets.
const ACCEPT_DELAY: Duration = Duration::from_millis(100);

/// Serves the monitor's state, for ever.
pub async fn serve(listener: TcpListener, monitor: Arc<Monitor>) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(%error, "failed to accept a connection");
                tokio::time::sleep(ACCEPT_DELAY).await;
                continue;
            }
        };
        let monitor = Arc::clone(&monitor);
        tokio::spawn(async move {
            let service =
                service_fn(move |request| std::future::ready(Ok::<_, Infallible>(respond(&monitor, &request))));
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

fn respond(monitor: &Monitor, request: &Request<Incoming>) -> Response<Full<Bytes>> {
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
