//! Audit records of logins and refusals.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use centops_domain::audit::{Actor, Record, Subject};
use centops_identity::token::VerifiedToken;
use centops_store::audit::Audit;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// The most tokens that a warm authorizer remembers as recorded. Each write is conditional too, so a forgotten token
/// costs a write and makes no second record.
const MAX_RECORDED_TOKENS: usize = 10_000;
/// The most refusals that an authorizer records each minute. Refusals beyond it are counted, so that a flood of requests
/// does not become a flood of paid writes.
const MAX_REFUSALS: u32 = 60;

/// The SHA-256 of a token.
type Fingerprint = [u8; 32];

/// Writes audit records, each login once and refusals up to a limit.
#[derive(Debug)]
pub struct AuthAudit {
    audit: Audit,
    recorded: Mutex<HashSet<Fingerprint>>,
    budget: Mutex<Budget>,
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

impl AuthAudit {
    pub fn new(audit: Audit) -> Self {
        Self { audit, recorded: Mutex::default(), budget: Mutex::default() }
    }

    /// Records the login with `token`, once for each token: the record's key is a digest of the token, which is itself
    /// not stored. If the write fails, the request is still allowed and the next one tries again: each change that
    /// the person makes has an audit record of its own.
    pub async fn record_login(&self, token: &str, verified: &VerifiedToken, request: AuthRequest<'_>) {
        let fingerprint: Fingerprint = Sha256::digest(token.as_bytes()).into();
        if self.recorded().contains(&fingerprint) {
            return;
        }
        let by = Actor::Person(verified.person.subject.clone());
        let mut record = Record::login(by, request.operation, request.id, verified.issued_at);
        let half = fingerprint.first_chunk().copied().map_or(0, u128::from_be_bytes);
        record.id = format!("login-{half:032x}");
        match self.audit.write(&record).await {
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
        let spending = self.budget.lock().unwrap_or_else(PoisonError::into_inner).spend(request.now);
        if let Some(count) = spending.unwritten {
            tracing::warn!(count, "refusals over the limit not written to the audit table count={count}");
        }
        if !spending.is_within {
            return;
        }
        let AuthRequest { operation, id, now } = request;
        let record = Record::refused(by, operation, id, now, Subject::default(), reason);
        if let Err(error) = self.audit.write(&record).await {
            tracing::error!(%error, id, "failed to write refusal to the audit table id={id}");
        }
    }

    fn recorded(&self) -> std::sync::MutexGuard<'_, HashSet<Fingerprint>> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The refusals of the current minute.
#[derive(Debug, Default)]
struct Budget {
    minute: i64,
    refusals: u32,
}

/// The result of counting one refusal.
#[derive(Debug, PartialEq, Eq)]
struct Spending {
    /// The refusal is within the budget.
    is_within: bool,
    /// The number of refusals that the last minute did not record. Reported once.
    unwritten: Option<u32>,
}

impl Budget {
    /// Counts a refusal at `now`.
    fn spend(&mut self, now: Timestamp) -> Spending {
        let minute = now.as_second().div_euclid(60);
        let mut unwritten = None;
        if minute != self.minute {
            unwritten = self.refusals.checked_sub(MAX_REFUSALS).filter(|&count| count > 0);
            *self = Self { minute, refusals: 0 };
        }
        self.refusals = self.refusals.saturating_add(1);
        Spending { is_within: self.refusals <= MAX_REFUSALS, unwritten }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_over_the_budget_are_counted_and_reported_once() {
        let mut budget = Budget::default();
        let at = |second: i64| Timestamp::from_second(1_790_000_040 + second).expect("a time");
        let within = (0..1000).filter(|_| budget.spend(at(0)).is_within).count();
        assert_eq!(within, 60);
        assert_eq!(budget.spend(at(59)), Spending { is_within: false, unwritten: None });
        assert_eq!(budget.spend(at(60)), Spending { is_within: true, unwritten: Some(941) });
        assert_eq!(budget.spend(at(61)), Spending { is_within: true, unwritten: None });
        assert_eq!(budget.spend(at(600)), Spending { is_within: true, unwritten: None });
    }
}
