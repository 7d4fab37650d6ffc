//! How every function starts.
//!
//! Logs are JSON lines that carry the request id. Clients are built from the environment that Lambda
//! gives, without the SDK's default chain: credentials are environment variables there, and the rest
//! of the chain (profiles, SSO, STS) is about a megabyte that a cold start would have to load. For the
//! same reason they trust the five roots that AWS's own endpoints chain to, not the system's 140.

use std::{env, fs, io, time::Duration};

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
use centops_store::{Store, audit::Audit};
use tracing::level_filters::LevelFilter;

/// How long opening the first connection may hold up the start.
const WARM_UP: Duration = Duration::from_millis(800);

/// Amazon's root certificates: the public certificates of Amazon Trust Services, which AWS says that a
/// client should trust. The first of them ends in 2037.
pub const ROOTS: &str = include_str!("amazon-roots.pem");

/// A function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An environment variable that the template sets is not there.
    #[error("the environment variable {0} is not set")]
    MissingVariable(&'static str),
    /// `AWS_CA_BUNDLE` names a file that cannot be read.
    #[error("AWS_CA_BUNDLE cannot be read: {0}")]
    Roots(#[from] io::Error),
    /// The TLS settings are refused.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// The environment variable `name`.
///
/// # Errors
/// When it is not set.
pub fn variable(name: &'static str) -> Result<String, StartError> {
    env::var(name).map_err(|_| StartError::MissingVariable(name))
}

/// Sends logs to standard output as JSON lines, at the level of `AWS_LAMBDA_LOG_LEVEL` (default
/// `INFO`). Each line of an invocation carries its request id, from the runtime's span.
pub fn logs() {
    let level = env::var("AWS_LAMBDA_LOG_LEVEL").ok().and_then(|level| level.parse().ok());
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level.unwrap_or(LevelFilter::INFO))
        .init();
}

/// What every AWS client shares. The SDK sets no time limit of its own: without these a lost answer
/// would hold an invocation until it is killed. All stay below the shortest function's timeout (10 s).
///
/// # Errors
/// When `AWS_REGION` is not set, or the TLS client cannot be made.
pub fn config() -> Result<SdkConfig, StartError> {
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
        .service_config(Variables)
        .timeout_config(timeouts);
    Ok(match env::var("AWS_ENDPOINT_URL") {
        Ok(endpoint) => config.endpoint_url(endpoint).build(),
        Err(_) => config.build(),
    })
}

/// What the environment says for one service: `AWS_ENDPOINT_URL_SECRETS_MANAGER` and its like, which go before
/// `AWS_ENDPOINT_URL`, as in every AWS SDK.
#[derive(Debug)]
struct Variables;

impl LoadServiceConfig for Variables {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        env::var(of_service(&key)).ok()
    }
}

fn of_service(key: &ServiceConfigKey<'_>) -> String {
    format!("{}_{}", key.env(), key.service_id().replace(' ', "_").to_uppercase())
}

/// The client under all AWS clients. It trusts [`ROOTS`], or the bundle that `AWS_CA_BUNDLE` names.
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

/// Starts logs and opens the table, with its TLS connection warm.
///
/// # Errors
/// When `AWS_REGION` or `TABLE` is not set, or the TLS client cannot be made.
pub async fn store() -> Result<Store, StartError> {
    logs();
    let config = config()?;
    open(Client::new(&config)).await
}

/// The same, and the audit table through the same connection: for functions that a caller calls.
///
/// # Errors
/// The same, or when `AUDIT_TABLE` is not set.
pub async fn audited() -> Result<(Store, Audit), StartError> {
    logs();
    audited_with(&config()?).await
}

/// The same with a `config` of the caller's, which has other clients to make of it, and has started logs.
///
/// # Errors
/// When `TABLE` or `AUDIT_TABLE` is not set.
pub async fn audited_with(config: &SdkConfig) -> Result<(Store, Audit), StartError> {
    let client = Client::new(config);
    let audit = Audit::new(client.clone(), variable("AUDIT_TABLE")?);
    Ok((open(client).await?, audit))
}

/// The audit table alone, for functions that have no table: its client is made when it is first used.
///
/// # Errors
/// When `AUDIT_TABLE` is not set.
pub fn audit(config: &SdkConfig) -> Result<Audit, StartError> {
    let config = config.clone();
    Ok(Audit::lazily(move || Client::new(&config), variable("AUDIT_TABLE")?))
}

async fn open(client: Client) -> Result<Store, StartError> {
    let store = Store::new(client, variable("TABLE")?);
    // Lambda gives a whole CPU to the start and a share of one to the calls: TLS is set up here. Where there is none,
    // as on one machine, the read is made all the same, so that what a function uses is the same everywhere.
    if tokio::time::timeout(WARM_UP, store.warm_up()).await.is_err() {
        tracing::info!("the table took too long for the first read");
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_a_variable_of_its_own() {
        let key = ServiceConfigKey::builder()
            .service_id("Secrets Manager")
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .expect("a key");
        assert_eq!(of_service(&key), "AWS_ENDPOINT_URL_SECRETS_MANAGER");
    }

    #[test]
    fn the_roots_make_a_client() {
        assert_eq!(ROOTS.matches("BEGIN CERTIFICATE").count(), 5);
        assert!(http_client().is_ok());
    }
}
