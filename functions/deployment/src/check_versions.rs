//! Checks new versions of functions before they get traffic. CodeDeploy invokes it in each gradual deployment, and ends the
//! deployment if a check fails.

use std::{str::FromStr, time::Duration};

use aws_sdk_codedeploy::types::LifecycleEventStatus;
use aws_sdk_lambda::{
    config::timeout::TimeoutConfig,
    error::{DisplayErrorContext, SdkError},
    operation::invoke::InvokeError,
    primitives::Blob,
};
use centops_api::{Consumer, Invocation, Setup, StartError};
use futures::future::join_all;
use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::checks::{CHECKS, Check, Expected};

/// The longest time that a version may take, with its cold start.
const LONGEST: Duration = Duration::from_secs(10);
/// The longest part of an answer in a log line, in characters.
const SHOWN: usize = 200;

/// The function.
#[derive(Debug)]
pub struct CheckVersions {
    lambda: aws_sdk_lambda::Client,
    deployments: aws_sdk_codedeploy::Client,
    versions: Versions,
}

/// The event of a deployment, as CodeDeploy sends it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Hook {
    deployment_id: String,
    lifecycle_event_hook_execution_id: String,
}

/// The answer. CodeDeploy gets it by a call; this is for a person who invokes the function.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The number of versions that were checked.
    pub checked: usize,
    /// The versions that failed, each with the reason.
    pub failed: Vec<String>,
}

/// The versions to check.
#[derive(Debug)]
pub struct Versions(Vec<(String, &'static Check)>);

/// A text that does not name versions of functions that have a check.
#[derive(Debug, thiserror::Error)]
#[error("ARNs of versions of functions that have a check, with spaces between them; not {0:?}")]
pub struct InvalidVersions(String);

/// The reason why a version fails its check.
#[derive(Debug, thiserror::Error)]
enum Wrong {
    #[error("it cannot be invoked: {0}")]
    NotInvoked(String),
    #[error("it answers {0:.SHOWN$}, which is not {1:?}")]
    OtherAnswer(String, &'static Expected),
}

impl FromStr for Versions {
    type Err = InvalidVersions;

    fn from_str(text: &str) -> Result<Self, InvalidVersions> {
        let check = |arn: &str| {
            // arn:aws:lambda:<region>:<account>:function:<stack>-<function>:<version>
            let name = arn.split(':').nth(6).filter(|_| arn.split(':').count() == 8);
            let is_of =
                |name: &str, check: &Check| name.strip_suffix(check.function).is_some_and(|stack| stack.ends_with('-'));
            let check = name.and_then(|name| CHECKS.iter().find(|check| is_of(name, check)));
            Ok((arn.to_owned(), check.ok_or_else(|| InvalidVersions(arn.to_owned()))?))
        };
        let versions = text.split_whitespace().map(check).collect::<Result<Vec<_>, _>>()?;
        if versions.is_empty() { Err(InvalidVersions(text.to_owned())) } else { Ok(Self(versions)) }
    }
}

impl Consumer for CheckVersions {
    type Event = Hook;
    type Answer = Checked;

    async fn start(setup: &Setup) -> Result<Self, StartError> {
        // One attempt: a version that answers the second time only is not good.
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(LONGEST).operation_timeout(LONGEST).build();
        let config = aws_sdk_lambda::config::Builder::from(setup.config())
            .timeout_config(timeouts)
            .retry_config(aws_sdk_lambda::config::retry::RetryConfig::disabled())
            .build();
        let deployments = aws_sdk_codedeploy::Client::new(setup.config());
        Ok(Self::new(aws_sdk_lambda::Client::from_conf(config), deployments, setup.parsed("VERSIONS")?))
    }

    async fn handle(&self, hook: Hook, _invocation: &Invocation) -> Result<Checked, Error> {
        let Versions(versions) = &self.versions;
        let results = join_all(versions.iter().map(|(arn, check)| self.check(arn, check))).await;
        let failed: Vec<_> = results.into_iter().filter_map(Result::err).collect();
        for reason in &failed {
            tracing::error!("a new version is not good: {reason}");
        }
        let status = if failed.is_empty() { LifecycleEventStatus::Succeeded } else { LifecycleEventStatus::Failed };
        tracing::info!(
            deployment = hook.deployment_id,
            status = status.as_str(),
            "{} versions checked",
            versions.len()
        );
        self.deployments
            .put_lifecycle_event_hook_execution_status()
            .deployment_id(hook.deployment_id)
            .lifecycle_event_hook_execution_id(hook.lifecycle_event_hook_execution_id)
            .status(status)
            .send()
            .await?;
        Ok(Checked { checked: versions.len(), failed })
    }
}

impl CheckVersions {
    /// Makes the function, which checks `versions`.
    #[must_use]
    pub fn new(lambda: aws_sdk_lambda::Client, deployments: aws_sdk_codedeploy::Client, versions: Versions) -> Self {
        Self { lambda, deployments, versions }
    }

    /// Checks one version. The error names it.
    async fn check(&self, arn: &str, check: &'static Check) -> Result<(), String> {
        let payload = Blob::new((check.event)().to_string());
        let sent = self.lambda.invoke().function_name(arn).payload(payload).send().await;
        let result =
            sent.map_err(|error: SdkError<InvokeError>| Wrong::NotInvoked(DisplayErrorContext(error).to_string()));
        let judged = result.and_then(|output| {
            let answer = output.payload.map(Blob::into_inner).unwrap_or_default();
            judge(&check.expected, output.function_error.is_some(), &answer)
        });
        judged.map_err(|wrong| format!("{arn}: {wrong}"))
    }
}

/// Compares an answer with the right one.
fn judge(expected: &'static Expected, is_failure: bool, answer: &[u8]) -> Result<(), Wrong> {
    let text = || String::from_utf8_lossy(answer).into_owned();
    let value: Value = serde_json::from_slice(answer).map_err(|_| Wrong::OtherAnswer(text(), expected))?;
    let is_right = match *expected {
        Expected::Failure(message) => is_failure && value["errorMessage"] == message,
        Expected::Response(status, pointer) => {
            let body = value["body"].as_str().and_then(|body| serde_json::from_str::<Value>(body).ok());
            !is_failure && value["statusCode"] == status && body.is_some_and(|body| body.pointer(pointer).is_some())
        }
        Expected::NothingReturned => !is_failure && value["batchItemFailures"].as_array().is_some_and(Vec::is_empty),
    };
    if is_right { Ok(()) } else { Err(Wrong::OtherAnswer(text(), expected)) }
}
