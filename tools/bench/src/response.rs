//! The response of a function, in the form that the REST API takes.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::error::BenchError;

/// The length in characters to which an unexpected response is cut.
const SHOWN_CHARS: usize = 300;

/// The response of a function.
#[derive(Debug, Clone)]
pub struct FunctionResponse {
    /// The HTTP status; 0 if the function returned no response.
    pub status: u16,
    value: Value,
}

impl FunctionResponse {
    /// Parses the bytes that the function returned.
    #[must_use]
    pub fn parse(returned: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(returned).unwrap_or_default();
        let status = value["statusCode"].as_u64().and_then(|status| status.try_into().ok()).unwrap_or_default();
        Self { status, value }
    }

    /// The body as the gateway sends it.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let body = self.value["body"].as_str().unwrap_or_default();
        if self.value["isBase64Encoded"] == true {
            BASE64_STANDARD.decode(body).unwrap_or_default()
        } else {
            body.as_bytes().to_vec()
        }
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn json(&self) -> Result<Value, BenchError> {
        serde_json::from_slice(&self.bytes()).map_err(|_| self.unexpected("the function", self.status))
    }

    /// The error that `function` should have returned the status `expected`.
    #[must_use]
    pub fn unexpected(&self, function: &str, expected: u16) -> BenchError {
        let response = self.value.to_string().chars().take(SHOWN_CHARS).collect();
        BenchError::UnexpectedResponse { function: function.to_owned(), response, expected }
    }
}
