//! Audit records of logins and refusals.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use centops_domain::audit::{Actor, Record, Subject};
use centops_identity::token::VerifiedToken;
use centops_store::{StoreError, audit::Audit};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::time::{error::Elapsed, timeout};

/// The most tokens that a warm authorizer remembers as recorded. Each write is conditional too, so a forgotten token
/// costs a write and makes no second record.
const MAX_RECORDED_TOKENS: usize = 10_000;

/// The longest time that a record holds up a request. A write takes some five milliseconds.
const MAX_DELAY: Duration = Duration::from_millis(300);

/// The SHA-256 of a token.
type Fingerprint = [u8; 32];

/// Writes audit records, each login once and refusals up to a limit.
#[derive(Debug)]
pub struct AuthAudit {
    audit: Audit,
    recorded: Mutex<HashSet<Fingerprint>>,
}

/// The request that is being authorized.
#[derive(Clone, Copy, Debug)]
pub struct AuthRequest<'a> {
    /// The operation's id.
    pub operation: &'a str,
    /// The id of the invocation.
    pub id: &'a str,
    /// The time of the invocation.
    pub now: Timestamp,
}

/// A record was not written.
#[derive(Debug, thiserror::Error)]
enum NotWritten {
    #[error(transparent)]
    Refused(#[from] StoreError),
    #[error("the audit table did not answer within {MAX_DELAY:?}")]
    Late(#[from] Elapsed),
}

impl AuthAudit {
    pub fn new(audit: Audit) -> Self {
        Self { audit, recorded: Mutex::default() }
    }

    /// Records the login with `token`, once for each token: the record's key is a digest of the token, which is itself
    /// not stored. If the write fails or takes longer than [`MAX_DELAY`], the request is still allowed and the next one tries
    /// again: each change that the person makes has an audit record of its own.
    pub async fn record_login(&self, token: &str, verified: &VerifiedToken, request: AuthRequest<'_>) {
        let fingerprint: Fingerprint = Sha256::digest(token.as_bytes()).into();
        if self.recorded().contains(&fingerprint) {
            return;
        }
        let by = Actor::Person(verified.person.subject.clone());
        let mut record = Record::login(by, request.operation, request.id, verified.issued_at);
        let half = fingerprint.first_chunk().copied().map_or(0, u128::from_be_bytes);
        record.id = format!("login-{half:032x}");
        match within_delay(self.audit.write(&record)).await {
            Ok(()) => {
                let mut recorded = self.recorded();
                if recorded.len() >= MAX_RECORDED_TOKENS {
                    recorded.clear();
                }
                recorded.insert(fingerprint);
            }
            Err(error) => {
                let id = &record.id;
                tracing::error!(%error, id, "failed to write login to the audit table id={id}");
            }
        }
    }

    /// Records the refusal of `by` and its `reason`, within the budget of the minute.
    pub async fn record_refusal(&self, by: Actor, request: AuthRequest<'_>, reason: &str) {
        let AuthRequest { operation, id, now } = request;
        let record = Record::refused(by, operation, id, now, Subject::default(), reason);
        if let Err(error) = within_delay(self.audit.write_refusal(&record)).await {
            tracing::error!(%error, id, "failed to write refusal to the audit table id={id}");
        }
    }

    fn recorded(&self) -> std::sync::MutexGuard<'_, HashSet<Fingerprint>> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn within_delay(write: impl Future<Output = Result<(), StoreError>>) -> Result<(), NotWritten> {
    Ok(timeout(MAX_DELAY, write).await??)
}
