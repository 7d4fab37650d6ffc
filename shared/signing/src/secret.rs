//! Where the keys are kept: AWS Secrets Manager. They are in no environment variable and no table.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_secretsmanager::{Client, error::DisplayErrorContext};
use jiff::{SignedDuration, Timestamp};

use crate::{InvalidKeys, Signer};

/// So long a warm function goes by the keys that it read: after that, a rotated one is in use.
const FRESH: SignedDuration = SignedDuration::from_mins(5);
/// When they could not be read again, it is tried anew after so long.
const AGAIN: SignedDuration = SignedDuration::from_secs(20);

/// There is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum SignerUnavailable {
    /// The secret could not be read.
    #[error("the routes' secret cannot be read: {0}")]
    Read(String),
    /// What it holds is no keys to sign with.
    #[error(transparent)]
    Invalid(#[from] InvalidKeys),
}

/// What was read, and when to read anew.
#[derive(Clone, Debug)]
struct Known {
    until: Timestamp,
    signer: Arc<Signer>,
}

/// The secret that holds the keys.
#[derive(Debug)]
pub struct SigningSecret {
    client: Client,
    id: String,
    known: Mutex<Option<Known>>,
}

impl SigningSecret {
    /// The secret `id`, an ARN or a name; nothing is read yet.
    #[must_use]
    pub fn new(client: Client, id: String) -> Self {
        Self { client, id, known: Mutex::new(None) }
    }

    /// The signer at `now`, read within the last five minutes or read now.
    ///
    /// A read that fails leaves the one that is known in use: an outage of the secret's keeper takes no
    /// route table from anyone.
    ///
    /// # Errors
    /// When there is none to sign with, and none is known.
    pub async fn signer(&self, now: Timestamp) -> Result<Arc<Signer>, SignerUnavailable> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(Known { until, signer }) = &known
            && now < *until
        {
            return Ok(Arc::clone(signer));
        }
        let (signer, fresh) = match (self.fetch().await, known) {
            (Ok(signer), _) => (Arc::new(signer), FRESH),
            (Err(error), Some(known)) => {
                tracing::error!(%error, "the keys that are known stay in use");
                (known.signer, AGAIN)
            }
            (Err(error), None) => return Err(error),
        };
        let known = Known { until: now + fresh, signer: Arc::clone(&signer) };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(signer)
    }

    async fn fetch(&self) -> Result<Signer, SignerUnavailable> {
        let answer = self.client.get_secret_value().secret_id(&self.id).send().await;
        let answer = answer.map_err(|error| SignerUnavailable::Read(DisplayErrorContext(error).to_string()))?;
        Ok(Signer::from_secret(answer.secret_string().unwrap_or_default())?)
    }
}
