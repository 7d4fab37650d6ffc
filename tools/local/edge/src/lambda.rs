//! Invokes functions through the Lambda API.

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

/// The integration timeout of API Gateway.
const TIMEOUT: Duration = Duration::from_secs(29);

/// The functions of one stack. Their names have a common prefix.
#[derive(Debug, Clone)]
pub struct Functions {
    client: Client,
    prefix: String,
}

/// An error of an invocation.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The function failed.
    #[error("{function} failed: {message}")]
    Failed {
        /// The name of the function.
        function: String,
        /// The function's error message.
        message: String,
    },
    /// The function did not respond in time.
    #[error("{0} did not respond in time")]
    Timeout(String),
    /// The event is larger than Lambda's limit.
    #[error("the event is too large for {0}")]
    TooLarge(String),
    /// Lambda did not run the function.
    #[error("cannot invoke {function}: {reason}")]
    Service {
        /// The name of the function.
        function: String,
        /// The reason.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionFailure {
    error_message: Option<String>,
}

impl Functions {
    /// Creates a client of a Lambda endpoint with credentials from the environment.
    ///
    /// # Errors
    /// Returns an error if the environment has no credentials.
    pub async fn connect(endpoint: &str, region: &str, prefix: String) -> Result<Self, CredentialsError> {
        let credentials = EnvironmentVariableCredentialsProvider::new();
        credentials.provide_credentials().await?;
        let config = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .endpoint_url(endpoint)
            .credentials_provider(credentials)
            .timeout_config(TimeoutConfig::builder().operation_timeout(TIMEOUT).build())
            // API Gateway does not retry: a second invocation could repeat side effects.
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .load()
            .await;
        Ok(Self { client: Client::new(&config), prefix })
    }

    /// Uses an existing Lambda client.
    #[must_use]
    pub fn new(client: Client, prefix: String) -> Self {
        Self { client, prefix }
    }

    /// Invokes a function with an event and returns its response.
    ///
    /// # Errors
    /// Returns an error if the function fails, times out or cannot be invoked.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Vec<u8>, InvocationError> {
        let function = format!("{}{function}", self.prefix);
        let payload = Blob::new(event.to_string());
        let result = self.client.invoke().function_name(&function).payload(payload).send().await;
        let output = result.map_err(|error| invocation_error(function.clone(), &error))?;
        let response = output.payload.map(Blob::into_inner).unwrap_or_default();
        if output.function_error.is_none() {
            return Ok(response);
        }
        let message = serde_json::from_slice::<FunctionFailure>(&response)
            .ok()
            .and_then(|failure| failure.error_message)
            .unwrap_or_else(|| String::from_utf8_lossy(&response).into_owned());
        Err(InvocationError::Failed { function, message })
    }
}

fn invocation_error(function: String, error: &SdkError<InvokeError>) -> InvocationError {
    match error {
        SdkError::TimeoutError(_) => InvocationError::Timeout(function),
        SdkError::ServiceError(service) if service.err().is_request_too_large_exception() => {
            InvocationError::TooLarge(function)
        }
        other => InvocationError::Service { function, reason: DisplayErrorContext(other).to_string() },
    }
}
