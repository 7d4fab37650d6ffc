//! The start of a function: logs, settings, clients, warm connections.
//!
//! Logs are JSON lines that carry the request id. Clients are built from the environment that Lambda sets, without
//! the SDK's default credential chain: credentials are environment variables there, and the rest of the chain
//! (profiles, SSO, STS) is about a megabyte that a cold start would have to load. For the same reason the clients
//! trust the five roots of AWS's own endpoints, not the 140 roots of the system.

use std::{env, fmt::Display, fs, io, str::FromStr, sync::OnceLock, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider};
use aws_sdk_dynamodb::{
    Client,
    config::{SharedCredentialsProvider, SharedHttpClient, timeout::TimeoutConfig},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use centops_domain::chatbots::AllowedNetworks;
use centops_store::{Store, audit::Audit};
use tracing::level_filters::LevelFilter;

/// The longest time that the first read of the table may hold up the start.
const WARM_UP: Duration = Duration::from_millis(800);

/// Root certificates of Amazon Trust Services, which AWS tells clients to trust. The first of them ends in 2037.
pub const ROOTS: &str = include_str!("amazon-roots.pem");

/// A function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An environment variable that the template sets is missing.
    #[error("the environment variable {0} is not set")]
    MissingVariable(&'static str),
    /// An environment variable has a value that cannot be used.
    #[error("the environment variable {name} is wrong: {reason}")]
    InvalidVariable {
        /// The variable's name.
        name: &'static str,
        /// The rule that the value breaks.
        reason: String,
    },
    /// `AWS_CA_BUNDLE` names a file that cannot be read.
    #[error("AWS_CA_BUNDLE cannot be read: {0}")]
    Roots(#[from] io::Error),
    /// The TLS client cannot be made.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// The settings and clients of one function, made once when its environment starts.
#[derive(Debug)]
pub struct Setup {
    config: SdkConfig,
    dynamodb: OnceLock<Client>,
}

impl Setup {
    /// Reads the environment of the process and starts its logs.
    ///
    /// # Errors
    /// When `AWS_REGION` is not set, or the TLS client cannot be made.
    pub fn from_environment() -> Result<Self, StartError> {
        start_logs();
        Ok(Self { config: config()?, dynamodb: OnceLock::new() })
    }

    /// Returns the configuration that every AWS client shares.
    #[must_use]
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Returns the environment variable `name`.
    ///
    /// # Errors
    /// When it is not set.
    pub fn variable(&self, name: &'static str) -> Result<String, StartError> {
        variable(name)
    }

    /// Returns the environment variable `name` as a `T`.
    ///
    /// # Errors
    /// When it is not set, or not a `T`.
    pub fn parsed<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<T, StartError> {
        let parsed = variable(name)?.parse();
        parsed.map_err(|error: T::Err| StartError::InvalidVariable { name, reason: error.to_string() })
    }

    /// Returns the networks that are not public and that probes may reach all the same (`PROBE_NETWORKS`).
    ///
    /// # Errors
    /// When the variable is not set, or not a list of networks.
    pub fn allowed_networks(&self) -> Result<AllowedNetworks, StartError> {
        let name = "PROBE_NETWORKS";
        AllowedNetworks::parse(&variable(name)?)
            .map_err(|error| StartError::InvalidVariable { name, reason: error.to_string() })
    }

    /// Opens the table (`TABLE`), with its TLS connection warm.
    ///
    /// # Errors
    /// When `TABLE` is not set.
    pub async fn store(&self) -> Result<Store, StartError> {
        let client = self.dynamodb.get_or_init(|| Client::new(&self.config)).clone();
        let store = Store::new(client, variable("TABLE")?);
        // Lambda gives the start a whole CPU and calls a share of one, so the TLS handshake is made here. Without
        // TLS, as on one machine, the read is made too: a function then uses the same rights everywhere.
        if tokio::time::timeout(WARM_UP, store.warm_up()).await.is_err() {
            tracing::info!("first read of the table timed out");
        }
        Ok(store)
    }

    /// Opens the audit table (`AUDIT_TABLE`). It shares the connection of the table where that is open; else its
    /// client is made at the first use, for functions that write refusals only.
    ///
    /// # Errors
    /// When `AUDIT_TABLE` is not set.
    pub fn audit(&self) -> Result<Audit, StartError> {
        let table = variable("AUDIT_TABLE")?;
        if let Some(client) = self.dynamodb.get() {
            return Ok(Audit::new(client.clone(), table));
        }
        let config = self.config.clone();
        Ok(Audit::with_lazy_client(move || Client::new(&config), table))
    }
}

fn variable(name: &'static str) -> Result<String, StartError> {
    env::var(name).map_err(|_| StartError::MissingVariable(name))
}

/// Sends logs to standard output as JSON lines, at the level of `AWS_LAMBDA_LOG_LEVEL` (default `INFO`). Each line
/// of an invocation carries its request id, from the runtime's span.
fn start_logs() {
    let level = env::var("AWS_LAMBDA_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level.unwrap_or(LevelFilter::INFO))
        .init();
}

/// The SDK sets no time limit of its own: without these a lost answer would hold an invocation until it is killed.
/// All stay below the shortest function's timeout (10 s).
fn config() -> Result<SdkConfig, StartError> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(8))
        .build();
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(variable("AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .http_client(http_client()?)
        .service_config(ServiceVariables)
        .timeout_config(timeouts);
    Ok(match env::var("AWS_ENDPOINT_URL") {
        Ok(endpoint) => config.endpoint_url(endpoint).build(),
        Err(_) => config.build(),
    })
}

/// Reads settings of one service, such as `AWS_ENDPOINT_URL_SECRETS_MANAGER`. They take precedence over
/// `AWS_ENDPOINT_URL`, as in every AWS SDK.
#[derive(Debug)]
struct ServiceVariables;

impl LoadServiceConfig for ServiceVariables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        env::var(service_variable(&key)).ok()
    }
}

fn service_variable(key: &ServiceConfigKey<'_>) -> String {
    format!("{}_{}", key.env(), key.service_id().replace(' ', "_").to_uppercase())
}

/// Makes the HTTP client under all AWS clients. It trusts [`ROOTS`], or the bundle that `AWS_CA_BUNDLE` names.
fn http_client() -> Result<SharedHttpClient, StartError> {
    let roots = match env::var_os("AWS_CA_BUNDLE") {
        Some(bundle) => fs::read(bundle)?,
        None => ROOTS.into(),
    };
    let trusted = TrustStore::empty().with_pem_certificate(roots);
    let tls = TlsContext::builder().with_trust_store(trusted).build();
    let tls = tls.map_err(|error| StartError::Tls(error.to_string()))?;
    Ok(Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(tls).build_https())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_settings_have_a_variable_of_their_own() {
        let key = ServiceConfigKey::builder()
            .service_id("Secrets Manager")
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .expect("a key");
        assert_eq!(service_variable(&key), "AWS_ENDPOINT_URL_SECRETS_MANAGER");
    }

    #[test]
    fn client_is_made_from_the_five_roots() {
        assert_eq!(ROOTS.matches("BEGIN CERTIFICATE").count(), 5);
        assert!(http_client().is_ok());
    }
}
