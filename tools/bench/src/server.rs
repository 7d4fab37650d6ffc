//! HTTP servers of the bench: a receiver of messages, and services of AWS.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt, Collected, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Answers requests.
pub trait Answer: Send + Sync + 'static {
    /// Returns the response to `request`.
    fn answer(&self, request: &Request<Bytes>) -> Response<Full<Bytes>>;
}

/// A server on a local port. Dropping the value stops it.
#[derive(Debug)]
pub struct Server {
    /// The address that it listens on.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts a server whose responses are those of `answer`.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn start(answer: Arc<impl Answer>) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        Ok(Self { address, task: tokio::spawn(serve(listener, answer)) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A request of SQS to send messages.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendBatch {
    /// The URL of the queue.
    pub queue_url: String,
    /// The messages.
    pub entries: Vec<SendEntry>,
}

/// A message to send.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendEntry {
    /// The id within the request.
    pub id: String,
    /// The body.
    pub message_body: String,
    /// The time in seconds until it is visible.
    #[serde(default)]
    pub delay_seconds: u64,
}

/// Accepts connections on `listener` until the future is dropped. The responses are those of `answer`.
pub async fn serve(listener: TcpListener, answer: Arc<impl Answer>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(connection(stream, Arc::clone(&answer)));
    }
}

async fn connection(stream: TcpStream, answer: Arc<impl Answer>) {
    // Without it small responses wait for acknowledgements.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request: Request<Incoming>| {
        let answer = Arc::clone(&answer);
        async move {
            let (head, body) = request.into_parts();
            // A body that breaks off is read as an empty one, which is no valid request.
            let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
            Ok::<_, Infallible>(answer.answer(&Request::from_parts(head, body)))
        }
    });
    // A client that is killed breaks its connection.
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Returns an empty response with `status`.
#[must_use]
pub fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

/// Returns `body` as a response of an AWS service.
#[must_use]
pub fn json(body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}
