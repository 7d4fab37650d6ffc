//! An HTTP/1.1 client on one persistent connection. It reads and writes in the task of the caller, as the server of
//! the Runtime API does, so that neither is slower for waking another task.

use std::net::SocketAddr;
use std::pin::Pin;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A request failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no connection.
    #[error("no connection: {0}")]
    Connect(#[from] std::io::Error),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Http(#[from] hyper::Error),
    /// The server closed the connection.
    #[error("the server closed the connection")]
    Closed,
    /// The request is invalid.
    #[error("the request is invalid: {0}")]
    Request(#[from] hyper::http::Error),
}

/// One connection.
#[derive(Debug)]
pub struct Client {
    host: String,
    sender: SendRequest<Full<Bytes>>,
    connection: Pin<Box<Connection<TokioIo<TcpStream>, Full<Bytes>>>>,
}

impl Client {
    /// Connects to `address`.
    ///
    /// # Errors
    /// When nothing listens there.
    pub async fn connect(address: SocketAddr) -> Result<Self, ClientError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        Ok(Self { host: address.to_string(), sender, connection: Box::pin(connection) })
    }

    /// Posts JSON, and returns the whole response.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn post(&mut self, path: &str, body: Bytes) -> Result<Response<Bytes>, ClientError> {
        let request = Request::post(path).header("host", &self.host).header("content-type", "application/json");
        let response = self.sender.send_request(request.body(Full::new(body))?);
        let whole = async {
            let (head, body) = response.await?.into_parts();
            Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
        };
        tokio::select! {
            biased;
            response = whole => response,
            ended = self.connection.as_mut() => Err(ended.err().map_or(ClientError::Closed, ClientError::Http)),
        }
    }
}
