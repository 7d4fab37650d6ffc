//! Publishes the route table to nginx: writes the map, tests, reloads, confirms, and restores the former map on failure.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use centops_routes::{ConfirmedTable, RouteClient};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tracing::{error, info, warn};

use crate::nginx::{Nginx, NginxError};
use crate::pace::{Change, Pace};
use crate::render::{LeftOut, Rendered, render, tag_of};

/// The time after which routes that nginx refused are tried again: its own configuration may have been repaired.
const RETRY_INTERVAL: Duration = Duration::from_mins(1);
/// The interval at which nginx is asked for its revision: it may have been restarted.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// An error of publishing. The former routes stay in use.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The map cannot be read or written.
    #[error("cannot write {path}: {cause}", path = path.display())]
    Write {
        /// The path of the map.
        path: PathBuf,
        /// The error of the operating system.
        cause: std::io::Error,
    },
    /// nginx did not take the map.
    #[error(transparent)]
    Nginx(#[from] NginxError),
}

/// The state of publishing, for metrics and `/status`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishStatus {
    /// The revision whose routes nginx serves; `None` while that is unknown.
    pub served_revision: Option<u64>,
    /// Routes in the map.
    pub routes: usize,
    /// Routes that were left out, by name.
    pub left_out: BTreeMap<String, LeftOut>,
    /// Reloads that new workers confirmed.
    pub reloads: u64,
    /// Updates that failed.
    pub failures: u64,
    /// Times that the former map was restored.
    pub restores: u64,
    /// The reason why the last update failed; `None` if nginx serves the newest routes.
    pub error: Option<String>,
    /// The time from the change to the confirmation of the last reload, in milliseconds.
    pub last_duration_ms: u64,
}

/// Publishes the route table to one nginx.
pub struct Publisher {
    nginx: Nginx,
    map: PathBuf,
    forbidden_hosts: Arc<[String]>,
    status: watch::Sender<PublishStatus>,
    pace: Pace,
    /// The tag that nginx refused, and when.
    refused: Option<(String, Instant)>,
}

impl Publisher {
    /// Creates a publisher for the map at `map`.
    #[must_use]
    pub fn new(nginx: Nginx, map: PathBuf, forbidden_hosts: Vec<String>) -> Self {
        let (status, forbidden_hosts) = (watch::Sender::default(), forbidden_hosts.into());
        Self { nginx, map, forbidden_hosts, status, pace: Pace::default(), refused: None }
    }

    /// Returns a receiver of the status.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<PublishStatus> {
        self.status.subscribe()
    }

    /// Writes an empty map if there is none, so that nginx can start.
    ///
    /// # Errors
    /// Returns an error if it cannot be written.
    pub fn prepare(&self) -> Result<(), PublishError> {
        if self.map.exists() {
            return Ok(());
        }
        let empty = Rendered::default();
        write(&self.map, &empty.to_file("0-none")).map_err(|cause| self.write_failed(cause))
    }

    /// Publishes each new table, for ever.
    pub async fn run(mut self, routes: Arc<RouteClient>) {
        let mut updates = routes.watch();
        let mut rendered: Option<(Arc<ConfirmedTable>, bool, Arc<Rendered>)> = None;
        loop {
            updates.mark_unchanged();
            if let Some(table) = routes.current() {
                let is_expired = routes.status().expired;
                let is_same = rendered
                    .as_ref()
                    .is_some_and(|(last, expired, _)| Arc::ptr_eq(&last.table, &table.table) && *expired == is_expired);
                if !is_same {
                    rendered = self.render(&table, is_expired).await.map(|new| (table, is_expired, new));
                }
            }
            let mut wait = CHECK_INTERVAL;
            if let Some((table, _, rendered)) = &rendered {
                wait = self.update(rendered, table.table.revision()).await;
            }
            // While no reload is permitted yet, later changes wait for the same one.
            let paced = self.pace.delay(Instant::now(), Change::Removals);
            let can_change = paced.is_zero();
            tokio::select! {
                () = tokio::time::sleep(if can_change { wait } else { wait.min(paced) }) => {}
                result = updates.changed(), if can_change => {
                    if result.is_err() {
                        return;
                    }
                }
            }
        }
    }

    async fn render(&self, table: &Arc<ConfirmedTable>, is_expired: bool) -> Option<Arc<Rendered>> {
        let (table, hosts) = (Arc::clone(&table.table), Arc::clone(&self.forbidden_hosts));
        let rendering = spawn_blocking(move || {
            // A table that is too old is used for no chatbot.
            let routes = if is_expired { &[] } else { table.routes() };
            render(routes.iter().map(AsRef::as_ref), &hosts)
        });
        let rendered = rendering.await.ok()?;
        for (name, reason) in &rendered.left_out {
            warn!(name, %reason, "route left out");
        }
        Some(Arc::new(rendered))
    }

    /// Publishes `rendered` unless nginx serves it. Returns the time until the next look.
    async fn update(&mut self, rendered: &Arc<Rendered>, revision: u64) -> Duration {
        let current = match fs::read(&self.map) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(cause) => {
                self.fail(&self.write_failed(cause), rendered);
                return CHECK_INTERVAL;
            }
        };
        let written = rendered.tag_in(&current).map(ToOwned::to_owned);
        let tag = written.clone().unwrap_or_else(|| rendered.tag(revision));
        let served = self.nginx.revision().await;
        if written.is_some() && served.as_deref() == Ok(tag.as_str()) {
            self.note_served(rendered, revision);
            return CHECK_INTERVAL;
        }
        // A map that is written and not served is that of an nginx that was restarted, or serves former routes.
        let only_adds = written.is_none() && rendered.only_adds_to(&current);
        let change = if only_adds { Change::Additions } else { Change::Removals };
        if let Some(delay) = self.delay(&tag, change) {
            return delay;
        }
        let started = Instant::now();
        self.pace.note(started);
        match self.publish(rendered, &tag, &current, written.is_some()).await {
            Ok(()) => {
                let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.refused = None;
                self.status.send_modify(|status| {
                    status.reloads += 1;
                    status.last_duration_ms = milliseconds;
                });
                info!(revision, routes = rendered.count, milliseconds, "routes published");
                self.note_served(rendered, revision);
            }
            Err(error) => {
                match error {
                    // Nothing was reloaded: a change need not wait.
                    PublishError::Nginx(NginxError::NoProcess(_)) => self.pace.take_back(),
                    PublishError::Nginx(NginxError::NoAnswer(_)) => {}
                    _ => self.refused = Some((tag, Instant::now())),
                }
                self.fail(&error, rendered);
            }
        }
        CHECK_INTERVAL
    }

    /// Returns the time for which an update has to wait, if it has to.
    fn delay(&self, tag: &str, change: Change) -> Option<Duration> {
        let refused = self.refused.as_ref().filter(|(refused, _)| refused == tag);
        let since_refusal = refused.map(|(_, at)| RETRY_INTERVAL.saturating_sub(at.elapsed()));
        let delay = self.pace.delay(Instant::now(), change).max(since_refusal.unwrap_or_default());
        (!delay.is_zero()).then_some(delay)
    }

    async fn publish(
        &self,
        rendered: &Arc<Rendered>,
        tag: &str,
        former: &[u8],
        is_written: bool,
    ) -> Result<(), PublishError> {
        if !is_written {
            let (rendered, path, tag) = (Arc::clone(rendered), self.map.clone(), tag.to_owned());
            let written = spawn_blocking(move || write(&path, &rendered.to_file(&tag))).await;
            written.unwrap_or_else(|error| Err(error.into())).map_err(|cause| self.write_failed(cause))?;
        }
        let result = self.activate(tag).await;
        match &result {
            // Nothing says that the new map is wrong: nginx reads it when it starts.
            Ok(()) | Err(NginxError::NoAnswer(_) | NginxError::NoProcess(_)) => {}
            Err(_) if is_written || tag_of(former).is_none() => {}
            Err(error) => self.restore(former, !matches!(error, NginxError::Test(_))).await?,
        }
        Ok(result?)
    }

    async fn activate(&self, tag: &str) -> Result<(), NginxError> {
        self.nginx.test().await?;
        self.nginx.reload().await?;
        self.nginx.confirm(tag).await
    }

    /// Writes the former map back, and has nginx load it if it may have loaded the new one.
    async fn restore(&self, former: &[u8], may_be_loaded: bool) -> Result<(), PublishError> {
        write(&self.map, former).map_err(|cause| self.write_failed(cause))?;
        self.status.send_modify(|status| status.restores += 1);
        warn!(map = %self.map.display(), "former routes restored");
        if may_be_loaded && let Err(error) = self.nginx.reload().await {
            error!(%error, "failed to reload the former routes");
        }
        Ok(())
    }

    fn note_served(&self, rendered: &Rendered, revision: u64) {
        self.status.send_if_modified(|status| {
            let before = status.clone();
            (status.served_revision, status.error) = (Some(revision), None);
            (status.routes, status.left_out) = (rendered.count, rendered.left_out.clone());
            *status != before
        });
    }

    fn fail(&self, error: &PublishError, rendered: &Rendered) {
        error!(%error, "failed to publish routes");
        self.status.send_modify(|status| {
            status.failures += 1;
            status.error = Some(error.to_string());
            status.left_out.clone_from(&rendered.left_out);
        });
    }

    fn write_failed(&self, cause: std::io::Error) -> PublishError {
        PublishError::Write { path: self.map.clone(), cause }
    }
}

/// Writes a file atomically: to a temporary file, synced, renamed. nginx may read it (mode 0644).
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".routes-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The rename is durable only after the folder is synced.
    File::open(folder)?.sync_all()
}
