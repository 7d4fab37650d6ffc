//! Loads and caches secrets from AWS Secrets Manager. No environment variable or table holds them.

use std::{
    error::Error,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use aws_sdk_secretsmanager::{Client, error::DisplayErrorContext};
use jiff::{SignedDuration, Timestamp};

/// The time that a warm function uses a value before it reads it again. A rotated secret is in use after that.
const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);
/// The time between attempts after a failed read.
const RETRY_INTERVAL: SignedDuration = SignedDuration::from_secs(20);

/// The value of a secret.
pub trait FromSecret: Sized {
    /// The reason why a text is not one. It does not contain the text.
    type Error: Error;

    /// Parses the secret's text.
    ///
    /// # Errors
    /// When the text has another form.
    fn from_secret(text: &str) -> Result<Self, Self::Error>;
}

/// The value of a secret is not available.
#[derive(Debug, thiserror::Error)]
pub enum SecretUnavailable<E: Error> {
    /// The secret could not be read.
    #[error("the secret cannot be read: {0}")]
    Read(String),
    /// The secret contains no usable value.
    #[error(transparent)]
    Invalid(#[from] E),
}

/// A value and the time of the next read.
struct Cached<T> {
    until: Timestamp,
    value: Arc<T>,
}

/// A secret and its cached value.
pub struct CachedSecret<T> {
    client: Client,
    id: String,
    cached: Mutex<Option<Cached<T>>>,
}

impl<T> fmt::Debug for CachedSecret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedSecret").field("id", &self.id).finish_non_exhaustive()
    }
}

impl<T: FromSecret> CachedSecret<T> {
    /// Returns the secret `id`, an ARN or a name. The first use reads it.
    #[must_use]
    pub fn new(client: Client, id: String) -> Self {
        Self { client, id, cached: Mutex::new(None) }
    }

    /// Returns the value at `now`, at most five minutes old.
    ///
    /// After a failed read the cached value stays in use, so that an outage of Secrets Manager does not stop its users.
    ///
    /// # Errors
    /// When the secret has no usable value and none is cached.
    pub async fn value(&self, now: Timestamp) -> Result<Arc<T>, SecretUnavailable<T::Error>> {
        let cached = self.cached(now);
        if let Some((value, true)) = cached {
            return Ok(value);
        }
        let (value, lifetime) = match (self.fetch().await, cached) {
            (Ok(value), _) => (Arc::new(value), MAX_AGE),
            (Err(error), Some((value, _))) => {
                let id = &self.id;
                tracing::error!(%error, id, "failed to read secret; its cached value stays in use id={id}");
                (value, RETRY_INTERVAL)
            }
            (Err(error), None) => return Err(error),
        };
        let cached = Cached { until: now + lifetime, value: Arc::clone(&value) };
        *self.cached.lock().unwrap_or_else(PoisonError::into_inner) = Some(cached);
        Ok(value)
    }

    /// Returns the cached value, and whether it need not be read again at `now`.
    fn cached(&self, now: Timestamp) -> Option<(Arc<T>, bool)> {
        let cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        cached.as_ref().map(|Cached { until, value }| (Arc::clone(value), now < *until))
    }

    async fn fetch(&self) -> Result<T, SecretUnavailable<T::Error>> {
        let response = self.client.get_secret_value().secret_id(&self.id).send().await;
        let response = response.map_err(|error| SecretUnavailable::Read(DisplayErrorContext(error).to_string()))?;
        Ok(T::from_secret(response.secret_string().unwrap_or_default())?)
    }
}
