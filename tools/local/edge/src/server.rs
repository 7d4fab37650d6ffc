//! Connections: TLS handshakes, HTTP, and the graceful shutdown.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

use crate::certificate::{CertificateError, ClientCertificate};
use crate::event::TlsClient;
use crate::gateway::Gateway;

const MAX_CONNECTIONS: usize = 512;
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// The timeout of a request's head, and so of an idle connection.
const HEADER_TIMEOUT: Duration = Duration::from_mins(1);
const HEADER_LIMIT: usize = 16 * 1024;
/// The time that running requests have after the shutdown.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// The delay after a failed accept, for example if the system has no free sockets.
const ACCEPT_DELAY: Duration = Duration::from_millis(100);

#[derive(Debug, thiserror::Error)]
enum ConnectionError {
    #[error("TLS handshake failed: {0}")]
    Handshake(#[from] std::io::Error),
    #[error("TLS handshake not completed within {} s", HANDSHAKE_TIMEOUT.as_secs())]
    HandshakeTimeout,
    #[error("the client sent no certificate")]
    NoCertificate,
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error("HTTP connection failed: {0}")]
    Http(#[from] hyper::Error),
}

/// Serves until `shutdown` resolves, then waits for running requests.
pub async fn serve(listener: TcpListener, tls: TlsAcceptor, gateway: Arc<Gateway>, shutdown: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let accepting = async {
        // The semaphore is never closed, so acquiring does not fail.
        while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
            let (stream, address) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    warn!(%error, "failed to accept a connection");
                    sleep(ACCEPT_DELAY).await;
                    continue;
                }
            };
            let (tls, gateway, watcher) = (tls.clone(), Arc::clone(&gateway), graceful.watcher());
            tokio::spawn(async move {
                match serve_connection(stream, address, &tls, gateway, watcher).await {
                    Ok(()) => {}
                    Err(ConnectionError::Http(error)) => debug!(%address, %error, "connection closed with an error"),
                    Err(error) => warn!(%address, %error, "connection rejected"),
                }
                drop(slot);
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = shutdown => {}
    }
    drop(listener);
    if timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        warn!("running requests aborted at shutdown");
    }
}

async fn serve_connection(
    stream: TcpStream,
    address: SocketAddr,
    tls: &TlsAcceptor,
    gateway: Arc<Gateway>,
    watcher: Watcher,
) -> Result<(), ConnectionError> {
    stream.set_nodelay(true)?;
    let stream =
        timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await.map_err(|_| ConnectionError::HandshakeTimeout)??;
    let certificate = {
        let (_, session) = stream.get_ref();
        let chain = session.peer_certificates().unwrap_or_default();
        let leaf = chain.first().ok_or(ConnectionError::NoCertificate)?;
        Arc::new(ClientCertificate::from_der(leaf)?)
    };
    let client = TlsClient { address, certificate };
    let service = service_fn(move |request| {
        let (gateway, client) = (Arc::clone(&gateway), client.clone());
        async move { Ok::<_, std::convert::Infallible>(gateway.handle(client, request).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .max_buf_size(HEADER_LIMIT)
        .serve_connection(TokioIo::new(stream), service);
    watcher.watch(served).await?;
    Ok(())
}
