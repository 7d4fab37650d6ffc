//! `centops-agent bot`: the agent in the cluster of a chatbot. It relays logs and reports versions.

pub mod intake;
pub mod journal;
pub mod metrics;
pub mod relay;
pub mod rows;
pub mod versions;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use centops_report::{Progress, Sender};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::info;

use self::intake::{Committer, Intake};
use self::metrics::BotMonitor;
use self::relay::Relay;
use self::versions::VersionPoller;
use crate::config::bot::Bot;
use crate::config::{Base, Config, ConfigError, OpenError, seconds};
use crate::server;

/// The longest time for which the last batches are sent when the agent stops: a pod may lose its disk.
const LAST_SEND: Duration = Duration::from_secs(5);

/// An error of the start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An address is in use.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The spool cannot be used.
    #[error(transparent)]
    Spool(#[from] OpenError),
    /// The counts in the spool are of another version.
    #[error("the counts in the spool cannot be read: {0}")]
    Counts(#[from] serde_json::Error),
    /// The client of the components cannot be created.
    #[error("cannot create the client of the components: {0}")]
    Client(#[from] reqwest::Error),
    /// The task that stores records panicked.
    #[error("the task that stores log records ended")]
    Committer,
    /// Signals cannot be received.
    #[error("cannot wait for signals: {0}")]
    Signals(std::io::Error),
}

/// Runs the agent until it gets SIGTERM or SIGINT.
///
/// # Errors
/// Returns an error if the agent cannot start.
pub async fn run(config: Config<Bot>) -> Result<(), RunError> {
    let mut terminated = signal(SignalKind::terminate()).map_err(RunError::Signals)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(RunError::Signals)?;
    let (sender, intake, committer) = open(&config)?;
    let poller = poller(&config)?;
    let (otlp, versions) = (&config.mode.otlp, &config.mode.versions);
    let relay = Arc::new(Relay::new(intake.clone(), otlp));
    let (sender_of, relay_of) = (Arc::clone(&sender), Arc::clone(&relay));
    let monitor = BotMonitor { sender: sender_of, intake, relay: relay_of, versions: poller.status() };
    let (monitoring, taking) = (bind(config.base.listen).await?, bind(otlp.listen).await?);
    let interval = seconds("versions.interval_seconds", versions.interval_seconds)?;
    info!(version = env!("CARGO_PKG_VERSION"), network = %config.base.network, listen = %otlp.listen, "agent started");
    let (stop, stopped) = watch::channel(false);
    let mut committing = tokio::spawn(committer.run(stopped));
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
        _ = &mut committing => return Err(RunError::Committer),
        () = sender.run() => {}
        () = poller.run(interval) => {}
        () = server::serve(monitoring, Arc::new(monitor)) => {}
        () = server::accept(taking, move |request| Arc::clone(&relay).respond(request)) => {}
    }
    stop.send_replace(true);
    let _panicked = committing.await;
    let _late = tokio::time::timeout(LAST_SEND, send_last(&sender)).await;
    info!("agent stopped");
    Ok(())
}

/// Tests the configuration: files, certificates, and the folder.
///
/// # Errors
/// Returns the first error.
pub fn check(config: &Config<Bot>) -> Result<(), RunError> {
    config.base.http_client()?;
    config.base.operation("logs")?;
    Base::check_writable("state", &config.base.state)?;
    Ok(())
}

fn open(config: &Config<Bot>) -> Result<(Arc<Sender>, Intake, Committer), RunError> {
    let (http, url) = (config.base.http_client()?, config.base.operation("logs")?);
    let sender = Arc::new(Sender::new(http, url, Arc::new(config.open_spool()?)));
    let flush = seconds("otlp.flush_seconds", config.mode.otlp.flush_seconds)?;
    let (intake, committer) = intake::open(Arc::clone(&sender), flush)?;
    Ok((sender, intake, committer))
}

fn poller(config: &Config<Bot>) -> Result<VersionPoller, RunError> {
    let (http, url) = (config.base.http_client()?, config.base.operation("versions")?);
    let parts = config.mode.versions.parts.clone();
    Ok(VersionPoller::new(http, url, parts, config.base.state.join("versions.json"))?)
}

async fn bind(address: SocketAddr) -> Result<TcpListener, RunError> {
    TcpListener::bind(address).await.map_err(|error| RunError::Listen(address, error))
}

/// Sends what waits, until a request fails.
async fn send_last(sender: &Sender) {
    while let Ok(Progress::Settled) = sender.send_next().await {}
}
