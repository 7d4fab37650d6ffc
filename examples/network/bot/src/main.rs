//! The command line of a bot.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use network_bot::answer::{Answerer, FolderError};
use network_bot::centops::{CentOps, ConnectError, no_logs};
use network_bot::fault::Switch;
use network_bot::ledger::Ledger;
use network_bot::server::{Bot, serve};
use serde_json::json;
use tokio::net::TcpListener;

/// A chatbot of the sample network: `POST /webhooks/rest/webhook` answers a message.
#[derive(Debug, Parser)]
#[command(name = "network-bot", version)]
struct Options {
    /// The folder of its training, responses and integrations. Its name is that of the bot.
    folder: PathBuf,
    /// The address to listen on.
    #[arg(long)]
    listen: SocketAddr,
    /// The address of the control port, which sets faults: a loopback address.
    #[arg(long)]
    control: Option<SocketAddr>,
    /// The name under which it is enrolled. Default: that of the folder.
    #[arg(long)]
    name: Option<String>,
    /// The file to which it appends what it did with each message.
    #[arg(long)]
    ledger: Option<PathBuf>,
    /// The base URL of a DMR of the first generation, for replies.
    #[arg(long)]
    dmr: Option<String>,
    /// The base URL of the Network API. Without it nothing is reported.
    #[arg(long, requires_all = ["certificate", "key", "authorities"])]
    network: Option<String>,
    /// The bot's certificate (PEM).
    #[arg(long)]
    certificate: Option<PathBuf>,
    /// The key of that certificate (PEM).
    #[arg(long)]
    key: Option<PathBuf>,
    /// The authorities that sign the Network API's certificate (PEM).
    #[arg(long)]
    authorities: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("{0} is no loopback address: the control port lets everybody set faults")]
    Control(SocketAddr),
    #[error("cannot open the ledger: {0}")]
    Ledger(std::io::Error),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    #[error("cannot make requests: {0}")]
    Client(#[from] reqwest::Error),
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_writer(std::io::stderr).init();
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("network-bot: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), RunError> {
    let folder = options.folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = options.name.or(folder).unwrap_or_default();
    let answerer = Answerer::load(&options.folder, |variable| std::env::var(variable).ok())?;
    let logs = match (options.network, options.certificate, options.key, options.authorities) {
        (Some(network), Some(certificate), Some(key), Some(authorities)) => {
            let versions = json!({"versions": {"network-bot": env!("CARGO_PKG_VERSION")}});
            CentOps::connect(&network, &certificate, &key, &authorities)?.start(versions)
        }
        _ => no_logs(),
    };
    let switch = Switch::default();
    if let Some(address) = options.control {
        if !address.ip().is_loopback() {
            return Err(RunError::Control(address));
        }
        let listener = TcpListener::bind(address).await.map_err(|error| RunError::Listen(address, error))?;
        let control = switch.clone().router();
        tokio::spawn(async move { axum::serve(listener, control).await });
    }
    let ledger = Ledger::open(options.ledger.as_deref()).map_err(RunError::Ledger)?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let bot = Arc::new(Bot { name, answerer, switch, ledger, logs, dmr: options.dmr, http });
    tracing::info!(name = bot.name, address = %options.listen, "bot started");
    serve(options.listen, bot).await.map_err(|error| RunError::Listen(options.listen, error))
}
