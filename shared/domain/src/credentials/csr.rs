//! Certificate signing requests.

use serde::{Deserialize, Serialize};

/// The most bytes of a certificate signing request.
pub const MAX_CSR_LENGTH: usize = 8192;

/// A certificate signing request (CSR) in PEM, of at most [`MAX_CSR_LENGTH`] bytes. The certificate authority checks
/// its contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Csr(String);

/// A text that is too long for a [`Csr`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a certificate request has at most {MAX_CSR_LENGTH} bytes")]
pub struct CsrTooLong;

impl Csr {
    /// Returns the request as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Csr {
    type Error = CsrTooLong;

    fn try_from(text: String) -> Result<Self, CsrTooLong> {
        if text.len() <= MAX_CSR_LENGTH { Ok(Self(text)) } else { Err(CsrTooLong) }
    }
}

impl From<Csr> for String {
    fn from(csr: Csr) -> Self {
        csr.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_request_is_accepted_and_a_longer_one_refused() {
        assert!(Csr::try_from("x".repeat(MAX_CSR_LENGTH)).is_ok());
        assert_eq!(Csr::try_from("x".repeat(MAX_CSR_LENGTH + 1)), Err(CsrTooLong));
        assert!(serde_json::from_value::<Csr>("x".repeat(MAX_CSR_LENGTH + 1).into()).is_err());
    }
}
