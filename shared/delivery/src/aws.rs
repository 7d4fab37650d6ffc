//! Errors of the AWS SDKs as outcomes.

use std::error::Error;

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::{display::DisplayErrorContext, metadata::ProvideErrorMetadata};
use centops_domain::notifications::Outcome;

use crate::delivery::Delivery;

/// The error codes of requests that are too many for now. Some of them have the status 400.
const THROTTLED: &[&str] =
    &["Throttling", "ThrottlingException", "Throttled", "TooManyRequestsException", "LimitExceededException"];

/// Returns the failure of a request that is not refused for good.
pub(crate) fn unavailable<E>(error: &SdkError<E, HttpResponse>) -> Delivery
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let outcome = match error.raw_response() {
        _ if error.code().is_some_and(|code| THROTTLED.contains(&code)) => answered(429),
        // A refusal of our own role or configuration, which somebody can mend.
        Some(response) => answered(response.status().as_u16().max(400)),
        None => Outcome::Unreachable,
    };
    Delivery::failed(outcome, &reason(error))
}

/// Returns the text of `error`. It is neither masked nor bounded.
pub(crate) fn reason<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    match (error.code(), error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        _ => DisplayErrorContext(error).to_string(),
    }
}

fn answered(status: u16) -> Outcome {
    Outcome::Answered { status, retry_after: None }
}
