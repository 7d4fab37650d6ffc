//! How every function starts.
//!
//! Logs are JSON lines that carry the request id. Clients are built from the environment that Lambda
//! gives, without the SDK's default chain: credentials are environment variables there, and the rest
//! of the chain (profiles, SSO, STS) is about a megabyte that a cold start would have to load.

use std::{env, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, environment::EnvironmentVariableCredentialsProvider};
use aws_sdk_dynamodb::config::{SharedCredentialsProvider, timeout::TimeoutConfig};
use centops_store::Store;
use tracing::level_filters::LevelFilter;

/// How long opening the first connection may hold up the start.
const WARM_UP: Duration = Duration::from_millis(800);

/// An environment variable that the template sets is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is not set")]
pub struct MissingVariable(&'static str);

/// The environment variable `name`.
///
/// # Errors
/// When it is not set.
pub fn variable(name: &'static str) -> Result<String, MissingVariable> {
    env::var(name).map_err(|_| MissingVariable(name))
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
/// When `AWS_REGION` is not set.
pub fn config() -> Result<SdkConfig, MissingVariable> {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(8))
        .build();
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(variable("AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()))
        .timeout_config(timeouts);
    Ok(match env::var("AWS_ENDPOINT_URL") {
        Ok(endpoint) => config.endpoint_url(endpoint).build(),
        Err(_) => config.build(),
    })
}

/// Starts logs and opens the table, with its connection warm.
///
/// # Errors
/// When `AWS_REGION` or `TABLE` is not set.
pub async fn store() -> Result<Store, MissingVariable> {
    logs();
    let store = Store::new(aws_sdk_dynamodb::Client::new(&config()?), variable("TABLE")?);
    if tokio::time::timeout(WARM_UP, store.warm_up()).await.is_err() {
        tracing::info!("the table took too long for the first read");
    }
    Ok(store)
}
