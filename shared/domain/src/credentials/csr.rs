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
