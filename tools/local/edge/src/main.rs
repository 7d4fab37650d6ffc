//! Starts the edge.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use centops_edge::event::Api;
use centops_edge::gateway::Gateway;
use centops_edge::lambda::Functions;
use centops_edge::operations::OperationRouter;
use centops_edge::server;
use centops_edge::tls::{self, TlsError};
use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

/// The mutual-TLS edge of the local stack: verifies the client's certificate, calls the authorizer and invokes the
/// operation's function. AWS credentials come from the environment.
#[derive(Debug, Parser)]
#[command(name = "centops-edge", version)]
struct Options {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// The edge's own certificate chain (PEM).
    #[arg(long)]
    certificate: PathBuf,
    /// The key of that certificate (PEM).
    #[arg(long)]
    key: PathBuf,
    /// The authorities that sign client certificates (PEM).
    #[arg(long)]
    truststore: PathBuf,
    /// The common prefix of the functions' names.
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
    /// The URL of the Lambda API.
    #[arg(long, default_value = "http://127.0.0.1:4566")]
    endpoint: String,
    /// The AWS region.
    #[arg(long)]
    region: String,
    /// The AWS account id.
    #[arg(long, default_value = "000000000000")]
    account: String,
}

/// An error at the start of the edge.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("{0} is already in use: stop the process that listens there, or set another --listen")]
    AddressInUse(SocketAddr),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("the path templates of the contract conflict: {0}")]
    Contract(#[from] matchit::InsertError),
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
    let operations = OperationRouter::new(centops_contract::ALL)?;
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
    let gateway = Arc::new(Gateway::new(api, operations, functions));
    let terminated = listen_for(SignalKind::terminate())?;
    let interrupted = listen_for(SignalKind::interrupt())?;
    let listener = listen(options.listen).await?;
    info!(address = %options.listen, "edge started");
    server::serve(listener, tls, gateway, either_signal(terminated, interrupted)).await;
    info!("edge stopped");
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => StartError::AddressInUse(address),
        _ => StartError::Listen(address, error),
    })
}

fn listen_for(kind: SignalKind) -> Result<Signal, StartError> {
    signal(kind).map_err(StartError::Signals)
}

async fn either_signal(mut first: Signal, mut second: Signal) {
    tokio::select! {
        _ = first.recv() => {}
        _ = second.recv() => {}
    }
}
