//! The configuration of `centops-agent dmr`.

use std::path::PathBuf;

use centops_report::Limits;
use serde::Deserialize;
use url::Url;

use super::{ConfigError, Mode, refuse, seconds};
use crate::tail::Start;

/// The fields of `centops-agent dmr`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dmr {
    /// The public keys that sign route tables (JSON Web Key Set). Default: fetched from the Network API.
    #[serde(default)]
    pub signing_keys: Option<PathBuf>,
    /// The average time between two polls of the route table, in seconds.
    #[serde(default = "default_poll")]
    pub poll_seconds: f64,
    /// nginx.
    pub nginx: NginxConfig,
    /// The access log.
    pub log: LogConfig,
}

/// How the agent reaches nginx.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NginxConfig {
    /// The file that the `map` of the configuration includes.
    pub map: PathBuf,
    /// The location that answers with the revision that the workers serve.
    pub revision_url: Url,
    /// The command that tests the configuration. Empty: no test, because something else tests and reloads.
    #[serde(default = "default_test")]
    pub test: Vec<String>,
    /// The file with the pid of the master process, which gets HUP.
    #[serde(default)]
    pub pid_file: Option<PathBuf>,
    /// The command that reloads nginx, instead of HUP.
    #[serde(default)]
    pub reload: Vec<String>,
    /// The time in which new workers must answer, in seconds.
    #[serde(default = "default_confirm")]
    pub confirm_seconds: f64,
    /// Names of `upstream` groups in the nginx configuration. An address with such a host is left out.
    #[serde(default)]
    pub forbidden_hosts: Vec<String>,
}

/// The access log.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// The file, in the format `centops`.
    pub file: PathBuf,
    /// Where to begin at the first start: `end` or `beginning`.
    #[serde(default)]
    pub start: Start,
    /// The time for which a rotated file is still read after it grew last, in seconds.
    #[serde(default = "default_rest")]
    pub rest_seconds: f64,
    /// The time after which a sender that gave up counts as a timeout of the chatbot, in seconds.
    #[serde(default = "default_patience")]
    pub patience_seconds: f64,
}

fn default_poll() -> f64 {
    5.0
}

fn default_test() -> Vec<String> {
    vec!["nginx".to_owned(), "-t".to_owned()]
}

fn default_confirm() -> f64 {
    10.0
}

fn default_rest() -> f64 {
    10.0
}

fn default_patience() -> f64 {
    3.0
}

impl Mode for Dmr {
    fn validate(&self) -> Result<(), ConfigError> {
        if self.nginx.pid_file.is_some() && !self.nginx.reload.is_empty() {
            return refuse("nginx.reload", "give either nginx.pid_file or nginx.reload");
        }
        if self.nginx.revision_url.scheme() != "http" {
            return refuse("nginx.revision_url", "must be an http URL of this machine");
        }
        for (field, value) in [
            ("poll_seconds", self.poll_seconds),
            ("nginx.confirm_seconds", self.nginx.confirm_seconds),
            ("log.rest_seconds", self.log.rest_seconds),
            ("log.patience_seconds", self.log.patience_seconds),
        ] {
            seconds(field, value)?;
        }
        Ok(())
    }

    fn limits() -> Limits {
        Limits::default()
    }
}
