//! Connections: accepted, verified, served, and let go at the end.

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
use crate::event::Client;
use crate::gateway::Gateway;

const CONNECTIONS: usize = 512;
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// For the head of a request, and so for an idle connection too.
const HEADER_TIMEOUT: Duration = Duration::from_mins(1);
const HEADER_LIMIT: usize = 16 * 1024;
/// After this the requests that still run are cut off.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// A pause when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("handshake: {0}")]
    Handshake(#[from] std::io::Error),
    #[error("handshake: not done within {} s", HANDSHAKE_TIMEOUT.as_secs())]
    Slow,
    #[error("no client certificate")]
    NoCertificate,
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error("connection: {0}")]
    Connection(#[from] hyper::Error),
}

/// Serves until `shutdown` resolves, then finishes the requests that run.
pub async fn serve(listener: TcpListener, tls: TlsAcceptor, gateway: Arc<Gateway>, shutdown: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let accepting = async {
        // The semaphore is never closed, so there is always a place to wait for.
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            let (stream, address) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    warn!(%error, "accept");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let (tls, gateway, watcher) = (tls.clone(), Arc::clone(&gateway), graceful.watcher());
            tokio::spawn(async move {
                match connection(stream, address, &tls, gateway, watcher).await {
                    Ok(()) => {}
                    Err(Refused::Connection(error)) => debug!(%address, %error, "connection"),
                    Err(error) => warn!(%address, %error, "refused"),
                }
                drop(place);
            });
        }
    };
    tokio::select! {
        () = accepting => {}
        () = shutdown => {}
    }
    drop(listener);
    if timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        warn!("requests were cut off at the end");
    }
}

async fn connection(
    stream: TcpStream,
    address: SocketAddr,
    tls: &TlsAcceptor,
    gateway: Arc<Gateway>,
    watcher: Watcher,
) -> Result<(), Refused> {
    stream.set_nodelay(true)?;
    let stream = timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await.map_err(|_| Refused::Slow)??;
    let certificate = {
        let (_, session) = stream.get_ref();
        let chain = session.peer_certificates().unwrap_or_default();
        let leaf = chain.first().ok_or(Refused::NoCertificate)?;
        Arc::new(ClientCertificate::from_der(leaf)?)
    };
    let client = Client { address, certificate };
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
