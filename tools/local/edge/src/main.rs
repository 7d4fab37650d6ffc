//! Starts the edge.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use centops_edge::contract::{Contract, ContractError};
use centops_edge::event::Api;
use centops_edge::gateway::Gateway;
use centops_edge::lambda::Functions;
use centops_edge::server;
use centops_edge::tls::{self, TlsError};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

/// The mutual-TLS edge of the local stack: verifies the client's certificate, calls the authorizer, then
/// the function that the contract names. AWS credentials come from the environment.
#[derive(Debug, Parser)]
#[command(name = "centops-edge", version)]
struct Options {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// The edge's own certificate chain (PEM).
    #[arg(long)]
    certificate: PathBuf,
    /// The key of that certificate (PEM).
    #[arg(long)]
    key: PathBuf,
    /// The authorities whose clients may come in (PEM).
    #[arg(long)]
    truststore: PathBuf,
    /// The API contract (openapi.yaml). Its operations tagged `network` are served.
    #[arg(long)]
    contract: PathBuf,
    /// What stands before an operation's id in its function's name.
    #[arg(long)]
    function_prefix: String,
    /// The id of the Network API.
    #[arg(long)]
    api_id: String,
    /// The stage of the Network API.
    #[arg(long)]
    stage: String,
    /// The custom domain name.
    #[arg(long)]
    domain: String,
    /// Where Lambda answers.
    #[arg(long, default_value = "http://127.0.0.1:4566")]
    endpoint: String,
    /// The AWS region.
    #[arg(long)]
    region: String,
    /// The AWS account.
    #[arg(long, default_value = "000000000000")]
    account: String,
}

/// Why the edge did not start.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("{0} is already in use: stop what listens there, or give another --listen")]
    AddressInUse(SocketAddr),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("{path} cannot be read: {1}", path = .0.display())]
    Contract(PathBuf, std::io::Error),
    #[error("{path} cannot be served: {1}", path = .0.display())]
    ContractContent(PathBuf, ContractError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")]
    Credentials,
    #[error("cannot wait for signals: {0}")]
    Signals(std::io::Error),
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_writer(std::io::stderr)
        .init();
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("centops-edge: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), StartError> {
    let tls = tls::acceptor(&options.certificate, &options.key, &options.truststore)?;
    let contract = read_contract(options.contract)?;
    let functions = Functions::connect(&options.endpoint, &options.region, options.function_prefix)
        .await
        .map_err(|_| StartError::Credentials)?;
    let api = Api {
        region: options.region,
        account: options.account,
        id: options.api_id,
        stage: options.stage,
        domain: options.domain,
    };
    let gateway = Arc::new(Gateway::new(api, contract, functions));
    let terminated = on(SignalKind::terminate())?;
    let interrupted = on(SignalKind::interrupt())?;
    let listener = listen(options.listen).await?;
    info!(address = %options.listen, "listening");
    server::serve(listener, tls, gateway, either(terminated, interrupted)).await;
    info!("stopped");
    Ok(())
}

fn read_contract(path: PathBuf) -> Result<Contract, StartError> {
    match std::fs::read_to_string(&path) {
        Ok(yaml) => Contract::parse(&yaml).map_err(|error| StartError::ContractContent(path, error)),
        Err(error) => Err(StartError::Contract(path, error)),
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => StartError::AddressInUse(address),
        _ => StartError::Listen(address, error),
    })
}

fn on(kind: SignalKind) -> Result<Signal, StartError> {
    signal(kind).map_err(StartError::Signals)
}

async fn either(mut one: Signal, mut other: Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}
