//! `centops-agent dmr`: the agent beside an nginx that is a DMR.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use centops_report::Reporter;
use centops_routes::{InvalidKeys, KeySource, Keys, RouteClient, StartError};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tracing::{error, info};

use crate::collect::{CollectError, CollectSettings, Collector};
use crate::config::dmr::Dmr;
use crate::config::{Base, Config, ConfigError, OpenError, REQUEST_TIMEOUT, read, seconds};
use crate::metrics::{CollectStatus, DmrMonitor};
use crate::nginx::{Nginx, NginxError};
use crate::publish::{PublishError, PublishStatus, Publisher};
use crate::server;

/// The interval at which the log is looked at.
const LOG_INTERVAL: Duration = Duration::from_millis(250);
/// The longest delay between polls while CentOps is unavailable.
const MAX_POLL_DELAY: Duration = Duration::from_mins(1);

/// An error of the start.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address of the metrics is in use.
    #[error("cannot listen on {0}: {1}")]
    Listen(std::net::SocketAddr, std::io::Error),
    /// The route client cannot start.
    #[error(transparent)]
    Routes(#[from] StartError),
    /// The signing keys are invalid.
    #[error("signing_keys: {0}")]
    Keys(#[from] InvalidKeys),
    /// The client that asks nginx cannot be created.
    #[error("cannot create the client of nginx: {0}")]
    Client(#[from] reqwest::Error),
    /// The spool cannot be used.
    #[error(transparent)]
    Spool(#[from] OpenError),
    /// The log cannot be read.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// The map cannot be written.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// nginx refuses its configuration.
    #[error(transparent)]
    Nginx(#[from] NginxError),
    /// Signals cannot be received.
    #[error("cannot wait for signals: {0}")]
    Signals(std::io::Error),
}

/// Runs the agent until it gets SIGTERM or SIGINT.
///
/// # Errors
/// Returns an error if the agent cannot start, or the last codes cannot be stored.
pub async fn run(config: Config<Dmr>) -> Result<(), RunError> {
    let mut terminated = signal(SignalKind::terminate()).map_err(RunError::Signals)?;
    let mut interrupted = signal(SignalKind::interrupt()).map_err(RunError::Signals)?;
    let (http, url) = (config.base.http_client()?, config.base.operation("codes")?);
    let reporter = Arc::new(Reporter::new(http, url, env!("CARGO_PKG_VERSION"), Arc::new(config.open_spool()?)));
    let collector = Collector::open(collect_settings(&config)?, Arc::clone(&reporter))?;
    let (nginx, address) = (&config.mode.nginx, config.base.listen);
    let publisher = Publisher::new(Nginx::new(nginx)?, nginx.map.clone(), nginx.forbidden_hosts.clone());
    publisher.prepare()?;
    let listener = TcpListener::bind(address).await.map_err(|error| RunError::Listen(address, error))?;
    let routes = Arc::new(RouteClient::start(route_config(&config)?).await?);
    let collect = Arc::new(Mutex::new(CollectStatus::default()));
    let publish = publisher.status();
    let monitor = Arc::new(DmrMonitor {
        routes: Arc::clone(&routes),
        reporter: Arc::clone(&reporter),
        publish: publish.clone(),
        collect: Arc::clone(&collect),
    });
    info!(version = env!("CARGO_PKG_VERSION"), network = %config.base.network, listen = %address, "agent started");
    let (stop, stopped) = watch::channel(false);
    let collecting = tokio::spawn(collect_lines(collector, collect, publish.clone(), stopped));
    let revision = || publish.borrow().served_revision;
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
        () = publisher.run(Arc::clone(&routes)) => {}
        () = reporter.run(revision) => {}
        () = server::serve(listener, monitor) => {}
    }
    stop.send_replace(true);
    if let Ok(result) = collecting.await {
        result?;
    }
    routes.close().await;
    info!("agent stopped");
    Ok(())
}

/// Tests the configuration: files, certificates, the spool's folder, and nginx.
///
/// # Errors
/// Returns the first error.
pub async fn check(config: &Config<Dmr>) -> Result<(), RunError> {
    config.base.http_client()?;
    config.base.operation("codes")?;
    route_config(config)?;
    collect_settings(config)?;
    let nginx = Nginx::new(&config.mode.nginx)?;
    let folder = config.mode.nginx.map.parent().map_or_else(|| PathBuf::from("."), PathBuf::from);
    Base::check_writable("state", &config.base.state)?;
    Base::check_writable("nginx.map", &folder)?;
    if config.mode.log.file.exists() {
        read_permission(&config.mode.log.file)?;
    }
    nginx.test().await?;
    Ok(())
}

fn read_permission(path: &std::path::Path) -> Result<(), ConfigError> {
    std::fs::File::open(path).map(drop).map_err(|cause| ConfigError::Read { path: path.to_owned(), cause })
}

/// Reads the log until the agent stops. Then it stores what it has read.
async fn collect_lines(
    mut collector: Collector,
    shared: Arc<Mutex<CollectStatus>>,
    publish: watch::Receiver<PublishStatus>,
    mut stopped: watch::Receiver<bool>,
) -> Result<(), CollectError> {
    let mut has_failed = false;
    loop {
        let (revision, is_stopped) = (publish.borrow().served_revision, *stopped.borrow_and_update());
        let joined = spawn_blocking(move || {
            let mut result = collector.poll(revision);
            if is_stopped && result.is_ok() {
                result = collector.close(revision).map(|()| false);
            }
            (collector, result)
        });
        // A task that panicked lost the collector: the process ends, and systemd starts it again.
        let Ok((returned, result)) = joined.await else { return Ok(()) };
        collector = returned;
        let error = result.as_ref().err().map(ToString::to_string);
        if let Some(error) = error.as_ref().filter(|_| !has_failed) {
            error!(%error, "failed to collect codes");
        }
        has_failed = error.is_some();
        *shared.lock().unwrap_or_else(PoisonError::into_inner) =
            CollectStatus { ledger: collector.ledger().clone(), tail: collector.tail_status(), error };
        if is_stopped {
            return result.map(drop);
        }
        if !matches!(result, Ok(true)) {
            tokio::select! {
                () = tokio::time::sleep(LOG_INTERVAL) => {}
                _ = stopped.changed() => {}
            }
        }
    }
}

fn collect_settings(config: &Config<Dmr>) -> Result<CollectSettings, ConfigError> {
    Ok(CollectSettings {
        log: config.mode.log.file.clone(),
        rest: seconds("log.rest_seconds", config.mode.log.rest_seconds)?,
        start: config.mode.log.start,
        patience: config.mode.log.patience_seconds,
    })
}

fn route_config(config: &Config<Dmr>) -> Result<centops_routes::Config, RunError> {
    let keys = match &config.mode.signing_keys {
        Some(path) => KeySource::Pinned(Keys::from_jwks(&read(path)?)?),
        None => KeySource::Fetched,
    };
    Ok(centops_routes::Config {
        identity: config.base.identity()?,
        authorities: config.base.authorities.as_deref().map(read).transpose()?,
        keys,
        file: Some(config.base.state.join("routes")),
        interval: seconds("poll_seconds", config.mode.poll_seconds)?,
        max_delay: MAX_POLL_DELAY,
        timeout: REQUEST_TIMEOUT,
        ..centops_routes::Config::new(config.base.network.clone())
    })
}
