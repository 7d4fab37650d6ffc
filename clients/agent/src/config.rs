//! The configuration: a TOML file, of which the environment overrides the paths and addresses.
//!
//! [`Base`] has what both modes share; [`dmr`] and [`bot`] have the rest.

pub mod bot;
pub mod dmr;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use centops_report::{Limits, Spool, SpoolError};
use reqwest::{Certificate, Client, Identity};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

/// The timeout of a request to CentOps.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

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

/// The configuration of a mode.
#[derive(Clone, Debug)]
pub struct Config<M> {
    /// What all modes have.
    pub base: Base,
    /// What the mode has.
    pub mode: M,
}

/// The fields of a mode.
pub trait Mode: DeserializeOwned {
    /// Checks the values.
    ///
    /// # Errors
    /// Returns the first wrong value.
    fn validate(&self) -> Result<(), ConfigError>;

    /// Returns the limits of the spool that apply where the file sets none.
    fn limits() -> Limits;
}

/// The fields that all modes have, at the top of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// The base URL of the Network API.
    pub network: Url,
    /// The client certificate (PEM).
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// The key of that certificate (PEM).
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// The authorities that may sign the Network API's certificate (PEM). Default: those of the system.
    #[serde(default)]
    pub authorities: Option<PathBuf>,
    /// The folder of the spool and of what else is saved.
    pub state: PathBuf,
    /// The address of `/metrics`, `/healthz` and `/status`: a loopback address.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The spool.
    #[serde(default)]
    pub spool: SpoolConfig,
}

/// The fields of [`Base`] by name. All others belong to the mode.
const BASE_FIELDS: [&str; 7] = ["network", "certificate", "key", "authorities", "state", "listen", "spool"];
/// The fields that a variable of the environment overrides.
const OVERRIDABLE: [&str; 6] = ["network", "certificate", "key", "authorities", "state", "listen"];

/// The limits of the spool.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpoolConfig {
    /// The most bytes. Default: 64 MiB.
    pub max_bytes: Option<u64>,
    /// The longest time that a batch is kept, in seconds. Default: one hour; a day for logs.
    pub max_age_seconds: Option<f64>,
    /// The time for which a batch whose answer was lost may be sent again, in seconds. Default: 270.
    pub key_life_seconds: Option<f64>,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 9464))
}

impl<M: Mode> Config<M> {
    /// Reads the file at `path`. `variable` returns variables of the environment: `CENTOPS_AGENT_NETWORK`,
    /// `CENTOPS_AGENT_CERTIFICATE`, `CENTOPS_AGENT_KEY`, `CENTOPS_AGENT_AUTHORITIES`, `CENTOPS_AGENT_STATE` and
    /// `CENTOPS_AGENT_LISTEN` override the file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or a value is wrong.
    pub fn load(path: &Path, variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|cause| ConfigError::Read { path: path.to_owned(), cause })?;
        let failed = |error: toml::de::Error| ConfigError::Parse { path: path.to_owned(), message: error.to_string() };
        let mut table: toml::Table = toml::from_str(&text).map_err(failed)?;
        for field in OVERRIDABLE {
            if let Some(value) = variable(&format!("CENTOPS_AGENT_{}", field.to_ascii_uppercase())) {
                table.insert(field.to_owned(), value.into());
            }
        }
        let (base, mode): (toml::Table, toml::Table) =
            table.into_iter().partition(|(field, _)| BASE_FIELDS.contains(&field.as_str()));
        let base: Base = base.try_into().map_err(failed)?;
        let mode: M = mode.try_into().map_err(failed)?;
        base.validate()?;
        mode.validate()?;
        let config = Self { base, mode };
        config.limits()?;
        Ok(config)
    }

    /// Returns the limits of the spool.
    ///
    /// # Errors
    /// Returns an error if a time is no positive number.
    pub fn limits(&self) -> Result<Limits, ConfigError> {
        let (spool, defaults) = (self.base.spool, M::limits());
        let or = |field, value: Option<f64>, default| value.map_or(Ok(default), |value| seconds(field, value));
        Ok(Limits {
            max_bytes: spool.max_bytes.unwrap_or(defaults.max_bytes),
            max_age: or("spool.max_age_seconds", spool.max_age_seconds, defaults.max_age)?,
            key_life: or("spool.key_life_seconds", spool.key_life_seconds, defaults.key_life)?,
            when_full: defaults.when_full,
        })
    }

    /// Opens the spool.
    ///
    /// # Errors
    /// Returns an error if it cannot be used.
    pub fn open_spool(&self) -> Result<Spool, OpenError> {
        Ok(Spool::open(self.base.state.join("spool"), self.limits()?)?)
    }
}

/// The spool cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its limits are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its folder cannot be used.
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

impl Base {
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

    /// Returns the URL of an operation of the Network API, such as `codes`.
    ///
    /// # Errors
    /// Returns an error if `network` is no base URL.
    pub fn operation(&self, name: &str) -> Result<Url, ConfigError> {
        let mut url = self.network.clone();
        let failed = |()| ConfigError::Value { field: "network", message: "is no base URL".to_owned() };
        url.path_segments_mut().map_err(failed)?.pop_if_empty().push(name);
        Ok(url)
    }

    /// Returns the client of the Network API, with the certificate.
    ///
    /// # Errors
    /// Returns an error if a file cannot be read, or has no certificate or key.
    pub fn http_client(&self) -> Result<Client, ConfigError> {
        let failed = |error: reqwest::Error| ConfigError::Value { field: "certificate", message: error.to_string() };
        let mut client =
            Client::builder().timeout(REQUEST_TIMEOUT).redirect(reqwest::redirect::Policy::none()).no_proxy();
        if let Some(identity) = self.identity()? {
            client = client.identity(Identity::from_pem(&identity).map_err(failed)?);
        }
        if let Some(path) = &self.authorities {
            client = client.tls_certs_only(Certificate::from_pem_bundle(&read(path)?).map_err(failed)?);
        }
        client.build().map_err(failed)
    }

    /// Checks that `folder` can be written to.
    ///
    /// # Errors
    /// Returns an error that names `field`.
    pub fn check_writable(field: &'static str, folder: &Path) -> Result<(), ConfigError> {
        let written = tempfile::Builder::new().prefix(".check-").tempfile_in(folder);
        let failed = |error| format!("cannot write to {}: {error}", folder.display());
        written.map(drop).map_err(|error| ConfigError::Value { field, message: failed(error) })
    }

    fn validate(&self) -> Result<(), ConfigError> {
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
            return refuse("certificate", "is missing: give the client certificate and its key");
        }
        Ok(())
    }
}

fn refuse(field: &'static str, message: &str) -> Result<(), ConfigError> {
    Err(ConfigError::Value { field, message: message.to_owned() })
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

    use super::dmr::Dmr;
    use super::*;

    const SAMPLE: &str = include_str!("../package/agent.toml");

    fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config<Dmr>, ConfigError> {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.as_bytes()).expect("written");
        let variable =
            |name: &str| variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned());
        Config::load(file.path(), variable)
    }

    #[test]
    fn sample_is_valid_and_the_environment_overrides_it() {
        let config = load(SAMPLE, &[]).expect("valid");
        assert_eq!(config.base.listen, default_listen());
        assert_eq!(config.limits().expect("limits"), Limits::default());
        let config = load(SAMPLE, &[("CENTOPS_AGENT_LISTEN", "[::1]:9000")]).expect("valid");
        assert_eq!(config.base.listen.port(), 9000);
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
