//! Loads and caches the signing keys from AWS Secrets Manager. No environment variable or table holds them.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_secretsmanager::{Client, error::DisplayErrorContext};
use jiff::{SignedDuration, Timestamp};

use crate::signer::{InvalidKeys, Signer};

/// The time that a warm function uses keys before it reads them again. A rotated key is in use after that.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);
/// The time between attempts after a failed read.
const RETRY_INTERVAL: SignedDuration = SignedDuration::from_secs(20);

/// No signing key is available.
#[derive(Debug, thiserror::Error)]
pub enum SignerUnavailable {
    /// The secret could not be read.
    #[error("the routes' signing secret cannot be read: {0}")]
    Read(String),
    /// The secret contains no usable keys.
    #[error(transparent)]
    Invalid(#[from] InvalidKeys),
}

/// A signer and the time of the next read.
#[derive(Clone, Debug)]
struct CachedSigner {
    until: Timestamp,
    signer: Arc<Signer>,
}

/// The secret that holds the signing keys.
#[derive(Debug)]
pub struct SigningSecret {
    client: Client,
    id: String,
    cached: Mutex<Option<CachedSigner>>,
}

impl SigningSecret {
    /// Returns the secret `id`, an ARN or a name. The first use reads it.
    #[must_use]
    pub fn new(client: Client, id: String) -> Self {
        Self { client, id, cached: Mutex::new(None) }
    }

    /// Returns the signer at `now`, at most five minutes old.
    ///
    /// After a failed read the cached signer stays in use, so that an outage of Secrets Manager does not stop polling.
    ///
    /// # Errors
    /// When the secret has no usable keys and none are cached.
    pub async fn signer(&self, now: Timestamp) -> Result<Arc<Signer>, SignerUnavailable> {
        let cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(CachedSigner { until, signer }) = &cached
            && now < *until
        {
            return Ok(Arc::clone(signer));
        }
        let (signer, lifetime) = match (self.fetch().await, cached) {
            (Ok(signer), _) => (Arc::new(signer), MAX_AGE),
            (Err(error), Some(cached)) => {
                tracing::error!(%error, "failed to read the signing keys; the cached keys stay in use");
                (cached.signer, RETRY_INTERVAL)
            }
            (Err(error), None) => return Err(error),
        };
        let cached = CachedSigner { until: now + lifetime, signer: Arc::clone(&signer) };
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some(cached);
        Ok(signer)
    }

    async fn fetch(&self) -> Result<Signer, SignerUnavailable> {
        let response = self.client.get_secret_value().secret_id(&self.id).send().await;
        let response = response.map_err(|error| SignerUnavailable::Read(DisplayErrorContext(error).to_string()))?;
        Ok(Signer::from_secret(response.secret_string().unwrap_or_default())?)
    }
}
