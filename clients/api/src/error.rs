//! Errors of requests. The server's problem details (RFC 9457) are kept with the request id.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::contract::Api;

/// An error of a request.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The settings have no address of the API.
    #[error("no address of the {} is configured", .0.name())]
    NoAddress(Api),
    /// The address cannot be the base of other addresses.
    #[error("{0} is not a base URL; use one such as https://admin.centops.ee")]
    BaseUrl(Url),
    /// A secret would be sent unencrypted over a network.
    #[error("{0} is not encrypted: credentials are sent over https, or over http to this machine only")]
    Unencrypted(Url),
    /// The operation needs a credential that the settings do not have.
    #[error("{operation} needs {needs}")]
    NoCredential {
        /// The operationId.
        operation: &'static str,
        /// The missing credential.
        needs: &'static str,
    },
    /// A text that cannot be a segment of a path.
    #[error("{value:?} cannot be the {parameter} of {operation}")]
    PathParameter {
        /// The operationId.
        operation: &'static str,
        /// The name of the parameter.
        parameter: &'static str,
        /// The text.
        value: String,
    },
    /// A credential or header has characters that HTTP does not permit.
    #[error("the header {0} has characters that HTTP does not permit")]
    Header(&'static str),
    /// The certificates or the private key are invalid.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// The body cannot be written as JSON.
    #[error("cannot write the body as JSON: {0}")]
    Body(#[source] serde_json::Error),
    /// There is no response: no connection, a refused certificate, or a timeout.
    #[error("no response from {url}: {reason}")]
    NoResponse {
        /// The address, without its query.
        url: String,
        /// The cause.
        reason: String,
    },
    /// The response is larger than any answer can be.
    #[error("the answer to {0} is too large")]
    TooLarge(&'static str),
    /// The answer is not of the expected form.
    #[error("the answer to {operation} has an unexpected form: {reason}")]
    Malformed {
        /// The operationId.
        operation: &'static str,
        /// The reason.
        reason: serde_json::Error,
    },
    /// The server refused the request, or failed.
    #[error(transparent)]
    Refused(Box<Refusal>),
}

impl ClientError {
    /// Returns the status of the answer, if the server refused the request or failed.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        if let Self::Refused(refusal) = self { Some(refusal.status) } else { None }
    }
}

/// An answer with status 400 or above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The operationId.
    pub operation: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The problem. A body of another form becomes its `detail`.
    pub problem: Problem,
    /// The request id, for the operators of CentOps.
    pub request_id: Option<String>,
}

impl std::error::Error for Refusal {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, status, problem, request_id } = self;
        write!(f, "{operation}: {status} {}", problem.title)?;
        if let Some(detail) = problem.detail.as_deref().filter(|detail| *detail != problem.title) {
            write!(f, ": {detail}")?;
        }
        for FieldError { pointer, detail } in &problem.errors {
            write!(f, "\n  {pointer}: {detail}")?;
        }
        if let Some(id) = request_id {
            write!(f, "\n  request id: {id}")?;
        }
        Ok(())
    }
}

/// Problem details (RFC 9457).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Problem {
    /// The type, a URI reference.
    #[serde(rename = "type")]
    pub kind: String,
    /// The summary of the type.
    pub title: String,
    /// What is wrong with this request.
    pub detail: Option<String>,
    /// The request id.
    pub instance: Option<String>,
    /// The wrong fields.
    pub errors: Vec<FieldError>,
}

/// A wrong field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldError {
    /// The JSON pointer into the body as a URI fragment, or `#query/…`, `#header/…`, `#path/…`.
    pub pointer: String,
    /// The rule.
    pub detail: String,
}

/// Appends the causes of an error: reqwest's own message does not have them.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
