//! Where the authority's key is kept: AWS Secrets Manager. It is in no environment variable and no table.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_secretsmanager::{Client, error::DisplayErrorContext};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::{Authority, InvalidAuthority};

/// So long a warm function goes by the authority that it read: after that, a rotated one is in use.
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// There is no authority to sign with.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityUnavailable {
    /// The secret could not be read.
    #[error("the authority's secret cannot be read: {0}")]
    Read(String),
    /// The secret has not the form `{"certificate": PEM, "key": PEM}`.
    #[error("the authority's secret is not {{\"certificate\": PEM, \"key\": PEM}}")]
    Form,
    /// What it holds makes no authority.
    #[error(transparent)]
    Invalid(#[from] InvalidAuthority),
    /// The authority's own certificate has ended.
    #[error("the authority's certificate ended at {0}")]
    Ended(Timestamp),
}

/// The value of the secret. It is never shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pems {
    certificate: String,
    key: String,
}

/// The secret that holds the authority.
#[derive(Debug)]
pub struct AuthoritySecret {
    client: Client,
    id: String,
    read: Mutex<Option<(Timestamp, Arc<Authority>)>>,
}

impl AuthoritySecret {
    /// The secret `id`, an ARN or a name; nothing is read yet.
    #[must_use]
    pub fn new(client: Client, id: String) -> Self {
        Self { client, id, read: Mutex::new(None) }
    }

    /// The authority at `now`, read within the last five minutes or read now.
    ///
    /// # Errors
    /// When there is none to sign with.
    pub async fn authority(&self, now: Timestamp) -> Result<Arc<Authority>, AuthorityUnavailable> {
        let known = self.read.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let authority = match known {
            Some((read, authority)) if now.duration_since(read) < FRESH => authority,
            _ => {
                let authority = Arc::new(self.fetch().await?);
                *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&authority)));
                authority
            }
        };
        if authority.ends() <= now { Err(AuthorityUnavailable::Ended(authority.ends())) } else { Ok(authority) }
    }

    async fn fetch(&self) -> Result<Authority, AuthorityUnavailable> {
        let answer = self.client.get_secret_value().secret_id(&self.id).send().await;
        let answer = answer.map_err(|error| AuthorityUnavailable::Read(DisplayErrorContext(error).to_string()))?;
        of_secret(answer.secret_string().unwrap_or_default())
    }
}

fn of_secret(text: &str) -> Result<Authority, AuthorityUnavailable> {
    // The parser's error would repeat what it read.
    let pems: Pems = serde_json::from_str(text).map_err(|_| AuthorityUnavailable::Form)?;
    Ok(Authority::from_pem(&pems.certificate, &pems.key)?)
}
