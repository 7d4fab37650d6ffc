//! Tests, reloads and asks nginx.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::Client;
use tokio::process::Command;
use url::Url;

use crate::config::dmr::NginxConfig;
use crate::render::REVISION_KEY;

/// The longest time of a command.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(30);
/// The timeout of one request for the revision.
const REVISION_TIMEOUT: Duration = Duration::from_secs(2);
/// The number of answers in a row, each on a connection of its own, that prove that new workers serve.
const CONFIRMATIONS: usize = 3;
/// The delay between two requests while the workers change.
const CONFIRM_INTERVAL: Duration = Duration::from_millis(20);
/// The most of a command's output that an error has.
const MAX_OUTPUT: usize = 1000;

/// An error of nginx.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NginxError {
    /// The test refused the configuration.
    #[error("nginx refused the configuration: {0}")]
    Test(String),
    /// The command or the signal failed.
    #[error("cannot reload nginx: {0}")]
    Reload(String),
    /// There is no process to reload.
    #[error("nginx does not run: {0}")]
    NoProcess(String),
    /// nginx does not answer at all.
    #[error("nginx does not answer at {0}")]
    NoAnswer(Url),
    /// nginx answers with another revision.
    #[error("nginx serves revision {served:?} instead of {wanted:?}")]
    NotConfirmed {
        /// The revision that it serves.
        served: String,
        /// The revision that it should serve.
        wanted: String,
    },
}

/// An nginx on this machine.
#[derive(Debug)]
pub struct Nginx {
    test: Vec<String>,
    reload: Vec<String>,
    pid_file: Option<PathBuf>,
    revision_url: Url,
    confirm: Duration,
    http: Client,
}

impl Nginx {
    /// Creates it from the configuration.
    ///
    /// # Errors
    /// Returns an error if the HTTP client cannot be created.
    pub fn new(config: &NginxConfig) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .timeout(REVISION_TIMEOUT)
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            test: config.test.clone(),
            reload: config.reload.clone(),
            pid_file: config.pid_file.clone(),
            revision_url: config.revision_url.clone(),
            confirm: Duration::try_from_secs_f64(config.confirm_seconds).unwrap_or(Duration::from_secs(10)),
            http,
        })
    }

    /// Tests the configuration, if there is a command for it.
    ///
    /// # Errors
    /// Returns the command's output if it fails.
    pub async fn test(&self) -> Result<(), NginxError> {
        if self.test.is_empty() { Ok(()) } else { run(&self.test).await.map_err(NginxError::Test) }
    }

    /// Has nginx load the configuration: by a command, by HUP, or by something else that watches the file.
    ///
    /// # Errors
    /// Returns an error if the command or the signal fails: `NoProcess` if nginx does not answer either.
    pub async fn reload(&self) -> Result<(), NginxError> {
        let result = match &self.pid_file {
            Some(path) => send_hangup(path),
            None if self.reload.is_empty() => Ok(()),
            None => run(&self.reload).await,
        };
        match result {
            Ok(()) => Ok(()),
            Err(error) if self.revision().await.is_ok() => Err(NginxError::Reload(error)),
            Err(error) => Err(NginxError::NoProcess(error)),
        }
    }

    /// Returns the revision that a worker serves; empty if its table has none.
    ///
    /// # Errors
    /// Returns an error if no worker answers.
    pub async fn revision(&self) -> Result<String, NginxError> {
        let failed = |_| NginxError::NoAnswer(self.revision_url.clone());
        let request = self.http.get(self.revision_url.clone()).header("X-Send-To", REVISION_KEY);
        let response = request.header("Connection", "close").send().await.map_err(failed)?;
        Ok(response.text().await.map_err(failed)?.trim().to_owned())
    }

    /// Waits until the workers serve `wanted`.
    ///
    /// # Errors
    /// Returns an error if they do not in time.
    pub async fn confirm(&self, wanted: &str) -> Result<(), NginxError> {
        let deadline = Instant::now() + self.confirm;
        let mut confirmed = 0;
        loop {
            let result = self.revision().await;
            confirmed = if result.as_deref() == Ok(wanted) { confirmed + 1 } else { 0 };
            if confirmed == CONFIRMATIONS {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(NginxError::NotConfirmed { served: result?, wanted: wanted.to_owned() });
            }
            if confirmed == 0 {
                tokio::time::sleep(CONFIRM_INTERVAL).await;
            }
        }
    }
}

fn send_hangup(pid_file: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(pid_file).map_err(|error| format!("{}: {error}", pid_file.display()))?;
    let pid = text.trim().parse::<i32>().ok().filter(|pid| *pid > 1);
    let pid = pid.ok_or_else(|| format!("{} has no pid", pid_file.display()))?;
    kill(Pid::from_raw(pid), Signal::SIGHUP).map_err(|error| format!("HUP to process {pid}: {error}"))
}

async fn run(command: &[String]) -> Result<(), String> {
    let Some((program, arguments)) = command.split_first() else { return Ok(()) };
    let child = Command::new(program).args(arguments).kill_on_drop(true).output();
    let output = tokio::time::timeout(COMMAND_TIMEOUT, child)
        .await
        .map_err(|_| format!("{program} did not end in {} s", COMMAND_TIMEOUT.as_secs()))?
        .map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let text: String = text.trim().chars().take(MAX_OUTPUT).collect();
    Err(format!("{program}: {}: {text}", output.status))
}
