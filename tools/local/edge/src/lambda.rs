//! Calls the functions by Lambda's Invoke.

use std::time::Duration;

use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::error::{DisplayErrorContext, SdkError};
use aws_sdk_lambda::operation::invoke::InvokeError;
use aws_sdk_lambda::primitives::Blob;
use serde::Deserialize;
use serde_json::Value;

/// API Gateway waits this long for a function.
const TIMEOUT: Duration = Duration::from_secs(29);

/// The functions of one stack.
#[derive(Debug, Clone)]
pub struct Functions {
    client: Client,
    prefix: String,
}

/// A function did not answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// It ran and failed: its own error message.
    #[error("{function} failed: {message}")]
    Failed {
        /// Which function.
        function: String,
        /// What it said.
        message: String,
    },
    /// It did not answer in time.
    #[error("{0} did not answer in time")]
    Timeout(String),
    /// The event is larger than Lambda takes.
    #[error("the event is too large for {0}")]
    TooLarge(String),
    /// Lambda did not run it.
    #[error("{function} could not be invoked: {reason}")]
    Service {
        /// Which function.
        function: String,
        /// Lambda's reason.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionFailure {
    error_message: Option<String>,
}

impl Functions {
    /// The functions at a Lambda endpoint whose names start with `prefix`. Credentials come from the
    /// environment.
    ///
    /// # Errors
    /// When the environment has no credentials.
    pub async fn connect(endpoint: &str, region: &str, prefix: String) -> Result<Self, CredentialsError> {
        let credentials = EnvironmentVariableCredentialsProvider::new();
        credentials.provide_credentials().await?;
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .endpoint_url(endpoint)
            .credentials_provider(credentials)
            .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
            // The gateway asks once: a second call could do the work twice.
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .load()
            .await;
        Ok(Self { client: Client::new(&config), prefix })
    }

    /// The functions that a client reaches.
    #[must_use]
    pub fn new(client: Client, prefix: String) -> Self {
        Self { client, prefix }
    }

    /// Hands an event to a function and waits for its answer.
    ///
    /// # Errors
    /// When there is no answer to be had.
    pub async fn call(&self, function: &str, event: &Value) -> Result<Vec<u8>, CallError> {
        let function = format!("{}{function}", self.prefix);
        let payload = Blob::new(event.to_string());
        let sent = self.client.invoke().function_name(&function).payload(payload).send().await;
        let output = sent.map_err(|error| refused(function.clone(), &error))?;
        let answer = output.payload.map(Blob::into_inner).unwrap_or_default();
        if output.function_error.is_none() {
            return Ok(answer);
        }
        let message = serde_json::from_slice::<FunctionFailure>(&answer)
            .ok()
            .and_then(|failure| failure.error_message)
            .unwrap_or_else(|| String::from_utf8_lossy(&answer).into_owned());
        Err(CallError::Failed { function, message })
    }
}

fn refused(function: String, error: &SdkError<InvokeError>) -> CallError {
    match error {
        SdkError::TimeoutError(_) => CallError::Timeout(function),
        SdkError::ServiceError(service) if service.err().is_request_too_large_exception() => {
            CallError::TooLarge(function)
        }
        other => CallError::Service { function, reason: DisplayErrorContext(other).to_string() },
    }
}
