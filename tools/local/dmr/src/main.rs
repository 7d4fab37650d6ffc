//! Starts the DMR.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use centops_dmr::report::Reporter;
use centops_dmr::room::Room;
use centops_dmr::server;
use centops_routes::{Config, Routes, StartError};
use clap::Parser;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Identity};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;
use url::Url;

const EVERY: Duration = Duration::from_secs(1);
/// On one machine nobody is overrun by a DMR that asks soon again.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(10);

/// The DMR of the local stack: `POST /messages/{chatbot}` passes a message on, `GET /table` shows the route table.
#[derive(Debug, Parser)]
#[command(name = "centops-dmr", version)]
struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8481")]
    listen: SocketAddr,
    /// The Network API.
    #[arg(long)]
    network: Url,
    /// The DMR's certificate (PEM).
    #[arg(long)]
    certificate: PathBuf,
    /// The key of that certificate (PEM).
    #[arg(long)]
    key: PathBuf,
    /// The authorities whose certificates the Network API may have (PEM).
    #[arg(long)]
    authorities: PathBuf,
    /// Where the last good route table is kept.
    #[arg(long)]
    file: PathBuf,
}

/// Why the DMR did not start.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("{path} cannot be read: {1}", path = .0.display())]
    File(PathBuf, std::io::Error),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error(transparent)]
    Routes(#[from] StartError),
    #[error("the client's TLS cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
    #[error("{0} is not the address of an API")]
    Address(Url),
    #[error("cannot wait for signals: {0}")]
    Signals(std::io::Error),
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_writer(std::io::stderr).init();
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("centops-dmr: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), RunError> {
    let mut identity = read(options.certificate)?;
    identity.extend(read(options.key)?);
    let authorities = read(options.authorities)?;
    let reporter = Arc::new(Reporter::new(network(&identity, &authorities)?, codes(&options.network)?));
    let routes = Arc::new(
        Routes::start(Config {
            identity: Some(identity),
            authorities: Some(authorities),
            file: Some(options.file),
            interval: EVERY,
            longest_wait: LONGEST_WAIT,
            timeout: TIMEOUT,
            ..Config::new(options.network)
        })
        .await?,
    );
    let room = Arc::new(Room::new(Arc::clone(&routes), Arc::clone(&reporter), chatbots()?));
    let mut terminated = signal(SignalKind::terminate()).map_err(RunError::Signals)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(RunError::Signals)?;
    let listener = TcpListener::bind(options.listen).await.map_err(|error| RunError::Listen(options.listen, error))?;
    info!(address = %options.listen, "listening");
    let stopped = async {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
            () = reporter.run(EVERY) => {}
        }
    };
    server::serve(listener, room, stopped).await;
    routes.close().await;
    info!("stopped");
    Ok(())
}

fn read(path: PathBuf) -> Result<Vec<u8>, RunError> {
    std::fs::read(&path).map_err(|error| RunError::File(path, error))
}

fn codes(network: &Url) -> Result<Url, RunError> {
    let mut url = network.clone();
    url.path_segments_mut().map_err(|()| RunError::Address(network.clone()))?.pop_if_empty().push("codes");
    Ok(url)
}

fn network(identity: &[u8], authorities: &[u8]) -> Result<Client, reqwest::Error> {
    Client::builder()
        .identity(Identity::from_pem(identity)?)
        .tls_certs_only(Certificate::from_pem_bundle(authorities)?)
        .timeout(TIMEOUT)
        .redirect(Policy::none())
        .no_proxy()
        .build()
}

/// Messages go to where the table says, and nowhere else.
fn chatbots() -> Result<Client, reqwest::Error> {
    Client::builder().redirect(Policy::none()).no_proxy().build()
}
