//! The configuration: a TOML file, of which the environment overrides the paths and addresses.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use crate::tail::Start;

/// An error of the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read {path}: {cause}", path = path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// The error of the operating system.
        cause: std::io::Error,
    },
    /// The file is no TOML, or a field is unknown, missing or of another type.
    #[error("{path}: {message}", path = path.display())]
    Parse {
        /// The path.
        path: PathBuf,
        /// What is wrong, and where.
        message: String,
    },
    /// A value cannot be used.
    #[error("{field}: {message}")]
    Value {
        /// The field.
        field: &'static str,
        /// What is wrong, and what to do.
        message: String,
    },
}

/// The configuration of `centops-agent dmr`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The base URL of the Network API.
    pub network: Url,
    /// The DMR's certificate (PEM).
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// The key of that certificate (PEM).
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// The authorities that may sign the Network API's certificate (PEM). Default: those of the system.
    #[serde(default)]
    pub authorities: Option<PathBuf>,
    /// The public keys that sign route tables (JSON Web Key Set). Default: fetched from the Network API.
    #[serde(default)]
    pub signing_keys: Option<PathBuf>,
    /// The folder of the saved route table and of the spool.
    pub state: PathBuf,
    /// The address of `/metrics`, `/healthz` and `/status`: a loopback address.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The average time between two polls of the route table, in seconds.
    #[serde(default = "default_poll")]
    pub poll_seconds: f64,
    /// nginx.
    pub nginx: NginxConfig,
    /// The access log.
    pub log: LogConfig,
    /// The spool.
    #[serde(default)]
    pub spool: SpoolConfig,
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

/// The limits of the spool.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpoolConfig {
    /// The most bytes. Default: 64 MiB.
    pub max_bytes: Option<u64>,
    /// The longest time that a batch is kept, in seconds. Default: one hour.
    pub max_age_seconds: Option<f64>,
    /// The time for which a batch whose answer was lost may be sent again, in seconds. Default: 270.
    pub key_life_seconds: Option<f64>,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9464))
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

impl Config {
    /// Reads the file at `path`. `variable` returns variables of the environment: `CENTOPS_AGENT_NETWORK`,
    /// `CENTOPS_AGENT_CERTIFICATE`, `CENTOPS_AGENT_KEY`, `CENTOPS_AGENT_AUTHORITIES`, `CENTOPS_AGENT_STATE` and
    /// `CENTOPS_AGENT_LISTEN` override the file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or a value is wrong.
    pub fn load(path: &Path, variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|cause| ConfigError::Read { path: path.to_owned(), cause })?;
        let failed = |message: String| ConfigError::Parse { path: path.to_owned(), message };
        let mut table: toml::Table = toml::from_str(&text).map_err(|error| failed(error.to_string()))?;
        for field in ["network", "certificate", "key", "authorities", "state", "listen"] {
            if let Some(value) = variable(&format!("CENTOPS_AGENT_{}", field.to_ascii_uppercase())) {
                table.insert(field.to_owned(), value.into());
            }
        }
        let config: Self = table.try_into().map_err(|error: toml::de::Error| failed(error.to_string()))?;
        config.validate()?;
        Ok(config)
    }

    /// Returns the limits of the spool.
    ///
    /// # Errors
    /// Returns an error if a time is no positive number.
    pub fn limits(&self) -> Result<centops_report::Limits, ConfigError> {
        let defaults = centops_report::Limits::default();
        let or = |field, value: Option<f64>, default| value.map_or(Ok(default), |value| seconds(field, value));
        Ok(centops_report::Limits {
            max_bytes: self.spool.max_bytes.unwrap_or(defaults.max_bytes),
            max_age: or("spool.max_age_seconds", self.spool.max_age_seconds, defaults.max_age)?,
            key_life: or("spool.key_life_seconds", self.spool.key_life_seconds, defaults.key_life)?,
        })
    }

    /// Returns the certificate and its key, concatenated.
    ///
    /// # Errors
    /// Returns an error if a file cannot be read.
    pub fn identity(&self) -> Result<Option<Vec<u8>>, ConfigError> {
        let (Some(certificate), Some(key)) = (&self.certificate, &self.key) else { return Ok(None) };
        let mut identity = read(certificate)?;
        identity.push(b'\n');
        identity.extend(read(key)?);
        Ok(Some(identity))
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let refuse = |field, message: &str| Err(ConfigError::Value { field, message: message.to_owned() });
        if !self.listen.ip().is_loopback() {
            return refuse("listen", "must be a loopback address, such as 127.0.0.1:9464");
        }
        if !matches!(self.network.scheme(), "http" | "https") {
            return refuse("network", "must be an https URL, such as https://network.centops.ee");
        }
        if self.certificate.is_some() != self.key.is_some() {
            return refuse("certificate", "certificate and key belong together: give both");
        }
        if self.network.scheme() == "https" && self.certificate.is_none() {
            return refuse("certificate", "is missing: give the DMR's certificate and its key");
        }
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
        self.limits().map(drop)
    }
}

/// Returns a duration.
///
/// # Errors
/// Returns an error if `value` is no positive number.
pub fn seconds(field: &'static str, value: f64) -> Result<Duration, ConfigError> {
    let duration = Duration::try_from_secs_f64(value).ok().filter(|duration| !duration.is_zero());
    duration.ok_or_else(|| ConfigError::Value { field, message: "must be a positive number of seconds".to_owned() })
}

/// Reads a file.
///
/// # Errors
/// Returns an error that names the file.
pub fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|cause| ConfigError::Read { path: path.to_owned(), cause })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const SAMPLE: &str = include_str!("../package/agent.toml");

    fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("written");
        let variable =
            |name: &str| variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned());
        Config::load(file.path(), variable)
    }

    #[test]
    fn sample_is_valid_and_the_environment_overrides_it() {
        let config = load(SAMPLE, &[]).expect("valid");
        assert_eq!(config.listen, default_listen());
        assert_eq!(config.limits().expect("limits"), centops_report::Limits::default());
        let config = load(SAMPLE, &[("CENTOPS_AGENT_LISTEN", "[::1]:9000")]).expect("valid");
        assert_eq!(config.listen.port(), 9000);
    }

    #[test]
    fn errors_name_the_field_and_what_to_do() {
        let message = |text: &str, variables: &[(&str, &str)]| load(text, variables).expect_err("invalid").to_string();
        assert!(message(SAMPLE, &[("CENTOPS_AGENT_LISTEN", "0.0.0.0:9464")]).starts_with("listen: must be a loopback"));
        assert!(message(&SAMPLE.replace("[nginx]", "[nginx]\nmaps = 1"), &[]).contains("maps"));
        assert!(message(&SAMPLE.replace("key = ", "# "), &[]).contains("give both"));
        assert!(message(&format!("{SAMPLE}\n[spool]\nmax_age_seconds = -1.0"), &[]).contains("positive"));
        assert!(message("", &[]).contains("network"));
    }
}
