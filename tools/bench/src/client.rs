//! An HTTP/1.1 client on one kept connection. It reads and writes in the caller's own task, as the
//! Runtime API's server does, so that neither is slower for waking another.

use std::net::SocketAddr;
use std::pin::Pin;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no connection.
    #[error("no connection: {0}")]
    Connect(#[from] std::io::Error),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Http(#[from] hyper::Error),
    /// The server closed it.
    #[error("the server closed the connection")]
    Closed,
    /// The request is not one.
    #[error("not a request: {0}")]
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
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub async fn connect(address: SocketAddr) -> Result<Self, ClientError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        Ok(Self { host: address.to_string(), sender, connection: Box::pin(connection) })
    }

    /// Posts JSON, and waits for the whole answer.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn post(&mut self, path: &str, body: Bytes) -> Result<Response<Bytes>, ClientError> {
        let request = Request::post(path).header("host", &self.host).header("content-type", "application/json");
        let answer = self.sender.send_request(request.body(Full::new(body))?);
        let whole = async {
            let (head, body) = answer.await?.into_parts();
            Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
        };
        tokio::select! {
            biased;
            answer = whole => answer,
            ended = self.connection.as_mut() => Err(ended.err().map_or(ClientError::Closed, ClientError::Http)),
        }
    }

    /// The same, for an answer that must be 200.
    ///
    /// # Errors
    /// The same, or when it is none.
    pub async fn ask(&mut self, path: &str, body: Bytes) -> Result<Option<Bytes>, ClientError> {
        let answer = self.post(path, body).await?;
        Ok((answer.status() == StatusCode::OK).then(|| answer.into_body()))
    }
}
