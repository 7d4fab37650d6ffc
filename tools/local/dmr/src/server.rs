//! The HTTP server of the DMR.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tracing::{debug, warn};

use crate::dmr::Dmr;

/// The size limit of a message, in bytes.
const MAX_BODY_BYTES: usize = 1024 * 1024;
const HEADER_TIMEOUT: Duration = Duration::from_mins(1);
/// The delay after a failed accept, for example if the system has no free sockets.
const ACCEPT_DELAY: Duration = Duration::from_millis(100);

/// Serves the DMR until `shutdown` resolves.
pub async fn serve(listener: TcpListener, dmr: Arc<Dmr>, shutdown: impl Future<Output = ()>) {
    let accepting = async {
        loop {
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    warn!(%error, "failed to accept a connection");
                    tokio::time::sleep(ACCEPT_DELAY).await;
                    continue;
                }
            };
            let dmr = Arc::clone(&dmr);
            tokio::spawn(async move {
                let service = service_fn(move |request| respond(Arc::clone(&dmr), request));
                let served = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEADER_TIMEOUT)
                    .serve_connection(TokioIo::new(stream), service);
                if let Err(error) = served.await {
                    debug!(%error, "connection closed with an error");
                }
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = shutdown => {}
    }
}

async fn respond(dmr: Arc<Dmr>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let (status, value) = match Limited::new(body, MAX_BODY_BYTES).collect().await {
        Ok(body) => dmr.handle(&head.method, head.uri.path(), body.to_bytes()).await,
        Err(_) => {
            (StatusCode::BAD_REQUEST, serde_json::json!({"message": "The body is too large or could not be read."}))
        }
    };
    let mut response = Response::new(Full::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
