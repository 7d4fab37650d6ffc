//! Starts the DMR.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use centops_dmr::clock::Clock;
use centops_dmr::dmr::Dmr;
use centops_dmr::server;
use centops_report::{Limits, Recorder, Reporter, Spool, SpoolError};
use centops_routes::{Config, RouteClient, StartError};
use clap::Parser;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Identity};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;
use url::Url;

/// The interval of polls.
const INTERVAL: Duration = Duration::from_secs(1);
/// Short, because a single DMR does not overload a local CentOps.
const MAX_DELAY: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(10);

/// The DMR of the local stack: `POST /messages/{chatbot}` forwards a message, `GET /table` shows the route table.
#[derive(Debug, Parser)]
#[command(name = "centops-dmr", version)]
struct Options {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:8481")]
    listen: SocketAddr,
    /// The base URL of the Network API.
    #[arg(long)]
    network: Url,
    /// The DMR's certificate (PEM).
    #[arg(long)]
    certificate: PathBuf,
    /// The key of that certificate (PEM).
    #[arg(long)]
    key: PathBuf,
    /// The authorities that sign the Network API's certificate (PEM).
    #[arg(long)]
    authorities: PathBuf,
    /// The file that stores the last good route table.
    #[arg(long)]
    file: PathBuf,
    /// The folder of codes that CentOps has not accepted yet. Without it they are in memory, and a restart loses them.
    #[arg(long)]
    spool: Option<PathBuf>,
    /// Let `PUT /clock` set the clock wrong, for faults of a sample network. Needs a loopback address to listen on.
    #[arg(long)]
    adjustable_clock: bool,
}

/// An error at the start of the DMR.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("cannot read {path}: {1}", path = .0.display())]
    File(PathBuf, std::io::Error),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error(transparent)]
    Routes(#[from] StartError),
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error("cannot set up TLS: {0}")]
    Client(#[from] reqwest::Error),
    #[error("{0} is not a base URL; use one such as https://network.centops.ee")]
    BaseUrl(Url),
    #[error("{0} is no loopback address: everybody could set the clock")]
    Clock(SocketAddr),
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
    if options.adjustable_clock && !options.listen.ip().is_loopback() {
        return Err(RunError::Clock(options.listen));
    }
    let mut identity = read(options.certificate)?;
    identity.extend(read(options.key)?);
    let authorities = read(options.authorities)?;
    let spool = match options.spool {
        Some(path) => Spool::open(path, Limits::default())?,
        None => Spool::in_memory(Limits::default()),
    };
    let http = network_client(&identity, &authorities)?;
    let reporter = Reporter::new(http, codes_url(&options.network)?, env!("CARGO_PKG_VERSION"), Arc::new(spool));
    let recorder = Arc::new(Recorder::new(Arc::new(reporter)));
    let clock = Arc::new(Clock::default());
    let own_clock = Arc::clone(&clock);
    let config = Config {
        identity: Some(identity),
        authorities: Some(authorities),
        file: Some(options.file),
        interval: INTERVAL,
        max_delay: MAX_DELAY,
        timeout: TIMEOUT,
        clock: Arc::new(move || own_clock.now()),
        ..Config::new(options.network)
    };
    let routes = Arc::new(RouteClient::start(config).await?);
    let mut dmr = Dmr::new(Arc::clone(&routes), Arc::clone(&recorder), chatbot_client()?);
    if options.adjustable_clock {
        dmr = dmr.with_adjustable_clock(clock);
    }
    let mut terminated = signal(SignalKind::terminate()).map_err(RunError::Signals)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(RunError::Signals)?;
    let listener = TcpListener::bind(options.listen).await.map_err(|error| RunError::Listen(options.listen, error))?;
    info!(address = %options.listen, "DMR started");
    let revision = || routes.current().map(|current| current.table.revision());
    let stopped = async {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
            () = Arc::clone(&recorder).run(revision) => {}
        }
    };
    server::serve(listener, Arc::new(dmr), stopped).await;
    recorder.store(revision())?;
    routes.close().await;
    info!("DMR stopped");
    Ok(())
}

fn read(path: PathBuf) -> Result<Vec<u8>, RunError> {
    std::fs::read(&path).map_err(|error| RunError::File(path, error))
}

fn codes_url(network: &Url) -> Result<Url, RunError> {
    let mut url = network.clone();
    url.path_segments_mut().map_err(|()| RunError::BaseUrl(network.clone()))?.pop_if_empty().push("codes");
    Ok(url)
}

fn network_client(identity: &[u8], authorities: &[u8]) -> Result<Client, reqwest::Error> {
    Client::builder()
        .identity(Identity::from_pem(identity)?)
        .tls_certs_only(Certificate::from_pem_bundle(authorities)?)
        .timeout(TIMEOUT)
        .redirect(Policy::none())
        .no_proxy()
        .build()
}

/// Creates the client for messages. It follows no redirects: only the route table decides on the address.
fn chatbot_client() -> Result<Client, reqwest::Error> {
    Client::builder().redirect(Policy::none()).no_proxy().build()
}
