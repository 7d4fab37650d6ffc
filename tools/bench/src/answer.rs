//! A function's answer, as it goes to the gateway.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use crate::figures::BenchError;

/// So much of an unexpected answer is shown, in characters.
const SHOWN: usize = 300;

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status; 0 for what is no answer.
    pub status: u16,
    proxied: Value,
}

impl Answer {
    /// The answer that the function returned.
    #[must_use]
    pub fn of(returned: &[u8]) -> Self {
        let proxied: Value = serde_json::from_slice(returned).unwrap_or_default();
        let status = proxied["statusCode"].as_u64().and_then(|status| status.try_into().ok()).unwrap_or_default();
        Self { status, proxied }
    }

    /// The body as it goes over the wire.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let body = self.proxied["body"].as_str().unwrap_or_default();
        if self.proxied["isBase64Encoded"] == true {
            BASE64_STANDARD.decode(body).unwrap_or_default()
        } else {
            body.as_bytes().to_vec()
        }
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn body(&self) -> Result<Value, BenchError> {
        serde_json::from_slice(&self.bytes()).map_err(|_| self.unexpected("the function", self.status))
    }

    /// That `function` should have answered `expected`.
    #[must_use]
    pub fn unexpected(&self, function: &str, expected: u16) -> BenchError {
        let answer = self.proxied.to_string().chars().take(SHOWN).collect();
        BenchError::Answer { function: function.to_owned(), answer, expected }
    }
}
