//! The status of a client: for a health page, a metric or an alarm.

use jiff::Timestamp;

use crate::refusal::Refusal;
use crate::trust::TrustedState;
use crate::verify::MAX_LIFETIME;

/// The status of the last checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The time of the last accepted answer.
    pub issued_at: Option<Timestamp>,
    /// The end of its validity.
    pub expires_at: Option<Timestamp>,
    /// The time since which the chatbot may be kept from updates: every answer since then was refused, or the last
    /// accepted one has expired without another. Raise an alarm. What is installed goes on.
    pub frozen_since: Option<Timestamp>,
    /// The answers that were refused since the last accepted one.
    pub refusals: Option<Refusals>,
    /// The reason why the last check got no answer; `None` if it got one.
    pub request_error: Option<String>,
    /// The reason why the versions could not be reported.
    pub report_error: Option<String>,
}

/// A series of refused answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusals {
    /// The reason for the last refusal.
    pub reason: Refusal,
    /// The time of the first refusal.
    pub since: Timestamp,
    /// The number of refusals.
    pub count: u64,
}

/// What happened since the last accepted answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub refusals: Option<Refusals>,
    pub request_error: Option<String>,
    pub report_error: Option<String>,
    /// The time of the first request without an answer.
    silent_since: Option<Timestamp>,
}

impl History {
    pub(crate) fn record_accepted(&mut self) {
        *self = Self { report_error: self.report_error.take(), ..Self::default() };
    }

    pub(crate) fn record_refused(&mut self, reason: Refusal, at: Timestamp) {
        let (since, count) = self.refusals.as_ref().map_or((at, 0), |before| (before.since, before.count));
        self.refusals = Some(Refusals { reason, since, count: count + 1 });
        self.request_error = None;
    }

    pub(crate) fn record_unanswered(&mut self, error: String, at: Timestamp) {
        self.silent_since.get_or_insert(at);
        self.request_error = Some(error);
    }

    /// Returns the status at `now`. `has_expired` is true if the answer expired by a clock that cannot be set.
    pub(crate) fn status(&self, trusted: &TrustedState, has_expired: bool, now: Timestamp) -> Status {
        let answer = trusted.answer.as_ref();
        let expired = answer.map(|answer| answer.expires_at).filter(|expires_at| has_expired || now >= *expires_at);
        let refused = self.refusals.as_ref().map(|refusals| refusals.since);
        let is_silent = |since: &Timestamp| answer.is_none() && now.duration_since(*since) >= MAX_LIFETIME;
        let silent = self.silent_since.filter(is_silent);
        Status {
            issued_at: answer.map(|answer| answer.issued_at),
            expires_at: answer.map(|answer| answer.expires_at),
            frozen_since: [expired, refused, silent].into_iter().flatten().min(),
            refusals: self.refusals.clone(),
            request_error: self.request_error.clone(),
            report_error: self.report_error.clone(),
        }
    }
}
