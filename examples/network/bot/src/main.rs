//! The command line of a bot.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use centops_client::Secret;
use clap::Parser;
use network_bot::answer::{Answerer, FolderError};
use network_bot::centops::{CentOps, ConnectError, Logs, no_logs};
use network_bot::fault::Switch;
use network_bot::ledger::Ledger;
use network_bot::owner::{self, Access};
use network_bot::server::{Bot, serve};
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

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
    network: Option<Url>,
    /// The bot's certificate (PEM).
    #[arg(long)]
    certificate: Option<PathBuf>,
    /// The key of that certificate (PEM).
    #[arg(long)]
    key: Option<PathBuf>,
    /// The authorities that sign the Network API's certificate (PEM).
    #[arg(long)]
    authorities: Option<PathBuf>,
    /// The file of the texts of responses that the owner changed.
    #[arg(long)]
    edits: Option<PathBuf>,
    /// The address of the owner's page: a loopback address.
    #[arg(long, requires_all = ["network", "admin", "token", "api_key"])]
    owner: Option<SocketAddr>,
    /// The base URL of the Admin API, for the owner's page.
    #[arg(long)]
    admin: Option<Url>,
    /// The file with the owner's token of the Admin API.
    #[arg(long)]
    token: Option<PathBuf>,
    /// The bot's API key, with which the owner takes it out of routing.
    #[arg(long, env = "CENTOPS_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
}

#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("{0} is no loopback address: the control port and the owner's page let everybody change the bot")]
    NotLoopback(SocketAddr),
    #[error("cannot read {path}: {1}", path = .0.display())]
    File(PathBuf, std::io::Error),
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
    let name = options.name.clone().or(folder).unwrap_or_default();
    let answerer = Answerer::load(&options.folder, options.edits.clone(), |variable| std::env::var(variable).ok())?;
    let switch = Switch::default();
    if let Some(address) = options.control {
        serve_here(address, switch.clone().router()).await?;
    }
    let bot = Arc::new(Bot {
        name,
        answerer,
        switch,
        ledger: Ledger::open(options.ledger.as_deref()).map_err(RunError::Ledger)?,
        logs: start_logs(&options)?,
        dmr: options.dmr.clone(),
        http: reqwest::Client::builder().no_proxy().build()?,
    });
    if let (Some(address), Some(access)) = (options.owner, access(&options)?) {
        serve_here(address, owner::router(Arc::clone(&bot), access)).await?;
    }
    tracing::info!(name = bot.name, address = %options.listen, "bot started");
    serve(options.listen, bot).await.map_err(|error| RunError::Listen(options.listen, error))
}

/// Serves routes on a loopback address, in the background.
async fn serve_here(address: SocketAddr, routes: Router) -> Result<(), RunError> {
    if !address.ip().is_loopback() {
        return Err(RunError::NotLoopback(address));
    }
    let listener = TcpListener::bind(address).await.map_err(|error| RunError::Listen(address, error))?;
    tokio::spawn(async move { axum::serve(listener, routes).await });
    Ok(())
}

fn start_logs(options: &Options) -> Result<Logs, RunError> {
    match (&options.network, &options.certificate, &options.key, &options.authorities) {
        (Some(network), Some(certificate), Some(key), Some(authorities)) => {
            let versions = json!({"versions": {"network-bot": env!("CARGO_PKG_VERSION")}});
            Ok(CentOps::connect(network.as_str(), certificate, key, authorities)?.start(versions))
        }
        _ => Ok(no_logs()),
    }
}

/// Returns how the owner's page reaches CentOps, if the options say it.
fn access(options: &Options) -> Result<Option<Access>, RunError> {
    let Options { admin: Some(admin), token: Some(token), network: Some(network), api_key: Some(api_key), .. } =
        options
    else {
        return Ok(None);
    };
    let (Some(certificate), Some(key), Some(authorities)) = (&options.certificate, &options.key, &options.authorities)
    else {
        return Ok(None);
    };
    let read = |path: &PathBuf| std::fs::read_to_string(path).map_err(|error| RunError::File(path.clone(), error));
    Ok(Some(Access {
        admin: admin.clone(),
        token: token.clone(),
        network: network.clone(),
        identity: Secret::new(&format!("{}\n{}", read(certificate)?, read(key)?)),
        authorities: read(authorities)?.into_bytes(),
        api_key: Secret::new(api_key),
    }))
}
