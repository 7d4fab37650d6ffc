//! Loads and caches the authority's key from AWS Secrets Manager. No environment variable or table holds it.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_secretsmanager::{Client, error::DisplayErrorContext};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::authority::{CertificateAuthority, InvalidAuthority};

/// The time that a warm function uses the authority before it reads it again. A rotated one is in use after that.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);

/// No authority is available.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityUnavailable {
    /// The secret could not be read.
    #[error("the authority's secret cannot be read: {0}")]
    Read(String),
    /// The secret is not of the form `{"certificate": PEM, "key": PEM}`.
    #[error("the authority's secret is not {{\"certificate\": PEM, \"key\": PEM}}")]
    Form,
    /// The secret's certificate and key cannot be used.
    #[error(transparent)]
    Invalid(#[from] InvalidAuthority),
    /// The authority's own certificate has expired.
    #[error("the authority's certificate expired at {0}")]
    Expired(Timestamp),
}

/// The JSON value of the secret. It has no `Debug`, so that no log contains it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretValue {
    certificate: String,
    key: String,
}

/// The secret that holds the authority.
#[derive(Debug)]
pub struct AuthoritySecret {
    client: Client,
    id: String,
    /// The authority and the time when it was read.
    cached: Mutex<Option<(Timestamp, Arc<CertificateAuthority>)>>,
}

impl AuthoritySecret {
    /// Returns the secret `id`, an ARN or a name. The first use reads it.
    #[must_use]
    pub fn new(client: Client, id: String) -> Self {
        Self { client, id, cached: Mutex::new(None) }
    }

    /// Returns the authority at `now`, at most five minutes old.
    ///
    /// # Errors
    /// When the secret cannot be read or used, or the authority has expired.
    pub async fn authority(&self, now: Timestamp) -> Result<Arc<CertificateAuthority>, AuthorityUnavailable> {
        let cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let authority = match cached {
            Some((read_at, authority)) if now.duration_since(read_at) < MAX_AGE => authority,
            _ => {
                let authority = Arc::new(self.fetch().await?);
                *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&authority)));
                authority
            }
        };
        let not_after = authority.not_after();
        if not_after <= now { Err(AuthorityUnavailable::Expired(not_after)) } else { Ok(authority) }
    }

    async fn fetch(&self) -> Result<CertificateAuthority, AuthorityUnavailable> {
        let response = self.client.get_secret_value().secret_id(&self.id).send().await;
        let response = response.map_err(|error| AuthorityUnavailable::Read(DisplayErrorContext(error).to_string()))?;
        parse(response.secret_string().unwrap_or_default())
    }
}

/// Parses the secret's text.
fn parse(text: &str) -> Result<CertificateAuthority, AuthorityUnavailable> {
    // The parser's error is dropped, because it would contain a part of the secret.
    let value: SecretValue = serde_json::from_str(text).map_err(|_| AuthorityUnavailable::Form)?;
    Ok(CertificateAuthority::from_pem(&value.certificate, &value.key)?)
}
