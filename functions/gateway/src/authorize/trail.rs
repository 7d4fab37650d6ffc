//! The audit trail of the door: who came in, and who was turned away.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use centops_domain::audit::{Actor, Record, Subject};
use centops_identity::token::VerifiedToken;
use centops_store::audit::Audit;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// So many tokens a warm authorizer remembers to have written down. Each write is conditional too, so a
/// token that was forgotten costs a write and makes no second record.
const REMEMBERED: usize = 10_000;
/// So many refusals a minute an authorizer writes down. What is beyond is counted: a flood must not become
/// a bill.
const REFUSALS: u32 = 60;

/// A token, as it is remembered: its SHA-256.
type Fingerprint = [u8; 32];

/// The trail, and what this environment has written of it.
#[derive(Debug)]
pub struct Trail {
    audit: Audit,
    seen: Mutex<HashSet<Fingerprint>>,
    budget: Mutex<Budget>,
}

/// What is being asked for.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// The operation's id.
    pub operation: &'a str,
    /// The id of the invocation.
    pub request: &'a str,
    /// When.
    pub now: Timestamp,
}

impl Trail {
    pub fn new(audit: Audit) -> Self {
        Self { audit, seen: Mutex::default(), budget: Mutex::default() }
    }

    /// Writes that the bearer of `token` came in, once a token: the record's key is made of the token, which
    /// itself is nowhere kept. Where it cannot be written, the bearer comes in all the same and the next
    /// request tries again: what is changed leaves records of its own.
    pub async fn login(&self, token: &str, accepted: &VerifiedToken, visit: Visit<'_>) {
        let fingerprint: Fingerprint = Sha256::digest(token.as_bytes()).into();
        if self.seen().contains(&fingerprint) {
            return;
        }
        let by = Actor::Person(accepted.person.subject.clone());
        let mut record = Record::login(by, visit.operation, visit.request, accepted.issued_at);
        let half = fingerprint.first_chunk().copied().map_or(0, u128::from_be_bytes);
        record.id = format!("login-{half:032x}");
        match self.audit.write(&record).await {
            Ok(()) => {
                let mut seen = self.seen();
                if seen.len() >= REMEMBERED {
                    seen.clear();
                }
                seen.insert(fingerprint);
            }
            Err(error) => tracing::error!(%error, "a login is not in the audit trail"),
        }
    }

    /// Writes that `by` was turned away and `why`, within the minute's budget.
    pub async fn refused(&self, by: Actor, visit: Visit<'_>, why: &str) {
        let spent = self.budget.lock().unwrap_or_else(PoisonError::into_inner).spend(visit.now);
        if let Some(count) = spent.unwritten {
            tracing::warn!(count, "refusals of a minute are counted here and not written to the audit trail");
        }
        if !spent.is_within {
            return;
        }
        let record = Record::refused(by, visit.operation, visit.request, visit.now, Subject::default(), why);
        if let Err(error) = self.audit.write(&record).await {
            tracing::error!(%error, "a refusal is not in the audit trail");
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, HashSet<Fingerprint>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many refusals were written in the minute that runs.
#[derive(Debug, Default)]
struct Budget {
    minute: i64,
    refusals: u32,
}

/// What a refusal finds.
#[derive(Debug, PartialEq, Eq)]
struct Spent {
    /// It can be written.
    is_within: bool,
    /// So many of the last minute were not, told once.
    unwritten: Option<u32>,
}

impl Budget {
    /// Counts a refusal at `now`.
    fn spend(&mut self, now: Timestamp) -> Spent {
        let minute = now.as_second().div_euclid(60);
        let mut unwritten = None;
        if minute != self.minute {
            unwritten = self.refusals.checked_sub(REFUSALS).filter(|&count| count > 0);
            *self = Self { minute, refusals: 0 };
        }
        self.refusals = self.refusals.saturating_add(1);
        Spent { is_within: self.refusals <= REFUSALS, unwritten }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_told_once() {
        let mut budget = Budget::default();
        let at = |second: i64| Timestamp::from_second(1_790_000_040 + second).expect("a time");
        let within = (0..1000).filter(|_| budget.spend(at(0)).is_within).count();
        assert_eq!(within, 60);
        assert_eq!(budget.spend(at(59)), Spent { is_within: false, unwritten: None });
        assert_eq!(budget.spend(at(60)), Spent { is_within: true, unwritten: Some(941) });
        assert_eq!(budget.spend(at(61)), Spent { is_within: true, unwritten: None });
        assert_eq!(budget.spend(at(600)), Spent { is_within: true, unwritten: None });
    }
}
