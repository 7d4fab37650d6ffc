//! The room's own HTTP server.

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

use crate::room::Room;

/// Of a message.
const BODY_BYTES: usize = 1024 * 1024;
const HEADER_TIMEOUT: Duration = Duration::from_mins(1);
/// A pause when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves the room until `shutdown` resolves.
pub async fn serve(listener: TcpListener, room: Arc<Room>, shutdown: impl Future<Output = ()>) {
    let accepting = async {
        loop {
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    warn!(%error, "accept");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let room = Arc::clone(&room);
            tokio::spawn(async move {
                let service = service_fn(move |request| answer(Arc::clone(&room), request));
                let served = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEADER_TIMEOUT)
                    .serve_connection(TokioIo::new(stream), service);
                if let Err(error) = served.await {
                    debug!(%error, "connection");
                }
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = shutdown => {}
    }
}

async fn answer(room: Arc<Room>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let (status, value) = match Limited::new(body, BODY_BYTES).collect().await {
        Ok(body) => room.answer(&head.method, head.uri.path(), body.to_bytes()).await,
        Err(_) => (StatusCode::BAD_REQUEST, serde_json::json!({"message": "the body cannot be read"})),
    };
    let mut response = Response::new(Full::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
