//! The policy: the limits of the health engine, for the network and per chatbot.

use std::collections::BTreeSet;

use deranged::{RangedU16, RangedU32};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ingestion::{code_pattern::CodePattern, code_result::CodeResult, log_level::LogLevel, observation::Signal};

/// A share in percent.
pub type Percent = RangedU32<0, 100>;
/// A limit that a share must reach, in percent.
pub type Rate = RangedU32<1, 100>;
/// A count or a number of seconds, at least one.
pub type Positive<const MAX: u32> = RangedU32<1, MAX>;

/// The policy of a chatbot: when its circuit opens, and how it closes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// The sliding window of each observer.
    pub window: WindowPolicy,
    /// The rate detector.
    pub rate: RatePolicy,
    /// The fast detector.
    pub fast: FastPolicy,
    /// The signals that count as failures.
    pub failures: FailurePolicy,
    /// The number of witnesses that decide, if at least that many observers have enough observations. If fewer have,
    /// all of them must be witnesses, each with the evidence multiplied by one plus the number of missing observers.
    pub quorum: Positive<16>,
    /// The time for which the circuit stays open.
    pub open: OpenPolicy,
    /// The probes.
    pub probe: ProbePolicy,
    /// The stricter limits after a recovery.
    pub recovery: RecoveryPolicy,
    /// The limits for the silence of observers.
    pub silence: SilencePolicy,
    /// The share of the network that may be ejected. For the network only.
    pub cap: CapPolicy,
    /// True if the engine only reports its decisions.
    pub dry_run: bool,
}

/// The sliding window: `buckets` buckets of `bucket_seconds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowPolicy {
    /// The length of a bucket in seconds.
    pub bucket_seconds: Positive<3600>,
    /// The number of buckets, bounded to keep the health item small.
    pub buckets: RangedU16<1, 20>,
}

impl WindowPolicy {
    /// Returns the length of a bucket.
    #[must_use]
    pub fn bucket(&self) -> SignedDuration {
        SignedDuration::from_secs(self.bucket_seconds.get().into())
    }
}

/// The rate detector: limits for shares of an observer's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RatePolicy {
    /// The minimum of observations in the window.
    pub minimum: Positive<10_000>,
    /// The share of failures at which an observer finds the chatbot failing.
    pub failure_percent: Rate,
    /// The response time in milliseconds from which a response is slow.
    pub slow_millis: Positive<600_000>,
    /// The share of slow responses at which an observer finds the chatbot failing.
    pub slow_percent: Rate,
}

/// The fast detector: Page's cumulative sum over the outcomes of one observer in their order. A failure adds one to
/// the score, another outcome subtracts `recovery`, never below zero; `threshold` is an alarm.
/// The module `detector` explains the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FastPolicy {
    /// The score of an alarm: this many consecutive failures suffice.
    pub threshold: Positive<100>,
    /// The decrement for an outcome that is not a failure.
    pub recovery: Positive<100>,
}

/// The signals that count as failures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FailurePolicy {
    /// HTTP results: classes (`5xx`), single codes (`503`), `timeout`, `connection`.
    pub codes: BTreeSet<CodePattern>,
    /// Log levels.
    pub levels: BTreeSet<LogLevel>,
}

/// The backoff: the time for which a circuit stays open before each probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenPolicy {
    /// The wait before the first probe, in seconds.
    pub base_seconds: Positive<3600>,
    /// The factor per failed probe, in percent: 200 doubles the wait.
    pub growth_percent: RangedU32<100, 1000>,
    /// The longest wait, in seconds.
    pub cap_seconds: Positive<86_400>,
    /// The share of the wait that random jitter may subtract, so that probes spread.
    pub jitter_percent: Percent,
}

/// The HTTP method of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ProbeMethod {
    /// `GET`.
    Get,
    /// `HEAD`.
    Head,
    /// `OPTIONS`.
    Options,
}

/// The probes of a chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProbePolicy {
    /// The path, on the scheme, host and port of the chatbot's URL.
    pub path: ProbePath,
    /// The HTTP method.
    pub method: ProbeMethod,
    /// The codes of a success, at least one of 200–599 in a proposed policy.
    pub expect: BTreeSet<CodePattern>,
    /// The timeout of a probe, in seconds.
    pub timeout_seconds: Positive<10>,
    /// The number of consecutive successes that close the circuit.
    pub successes: Positive<5>,
    /// The pause between two of them, in seconds.
    pub spacing_seconds: RangedU32<0, 5>,
    /// The most concurrent probers per chatbot.
    pub most_in_flight: Positive<8>,
    /// The duration of a lease, in seconds. After it another prober may take over, so that no circuit stays half-open.
    /// A proposed policy covers all required successes with it (`ProbePolicy::check`).
    pub lease_seconds: RangedU32<10, 300>,
}

impl ProbePolicy {
    /// Returns whether `result` is a success.
    #[must_use]
    pub fn expects(&self, result: CodeResult) -> bool {
        self.expect.iter().any(|codes| codes.matches(result))
    }
}

/// The stricter limits after a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecoveryPolicy {
    /// The duration in seconds.
    pub seconds: RangedU32<0, 86_400>,
    /// The minimum of the rate detector, if lower.
    pub minimum: Positive<10_000>,
    /// The failure rate of the rate detector, if lower.
    pub failure_percent: Rate,
    /// The threshold of the fast detector, if lower.
    pub threshold: Positive<100>,
}

/// The limits for the silence of observers: an observer is silent after `intervals` times its usual interval without a
/// report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SilencePolicy {
    /// The number of intervals.
    pub intervals: RangedU32<2, 100>,
    /// The lower bound of the usual interval, in seconds. Silence is checked once a minute.
    pub shortest_seconds: RangedU32<60, 86_400>,
    /// The longest silence, in seconds.
    pub longest_seconds: RangedU32<120, 604_800>,
}

/// The cap: the share of the chatbots of one type that the engine may eject, of those that are Online or ejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CapPolicy {
    /// The share, counted after the ejection. One chatbot may always be ejected, unless it is zero.
    pub percent: Percent,
    /// The share at which a hold ends: after the cap held an ejection back, none follows until the share is at most
    /// this.
    pub resume_percent: Percent,
}

/// The path of a probe: `/` and at most 200 printable ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProbePath(String);

/// A text that is not a [`ProbePath`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a path is `/` and at most 200 printable characters of ASCII, without `#`")]
pub struct InvalidPath;

impl TryFrom<String> for ProbePath {
    type Error = InvalidPath;

    fn try_from(text: String) -> Result<Self, InvalidPath> {
        let fine = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\');
        // A second slash would start another host.
        if fine && text.starts_with('/') && !text.starts_with("//") && text.len() <= 201 {
            Ok(Self(text))
        } else {
            Err(InvalidPath)
        }
    }
}

impl From<ProbePath> for String {
    fn from(path: ProbePath) -> Self {
        path.0
    }
}

impl Default for ProbePath {
    fn default() -> Self {
        Self("/health".into())
    }
}

impl ProbePath {
    /// Returns the path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The judgement of one observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Not a failure.
    Fine,
    /// A slow response.
    Slow,
    /// A failure.
    Failed,
}

impl Policy {
    /// Judges `signal`.
    #[must_use]
    pub fn judge(&self, signal: Signal) -> Judgement {
        let (failed, millis) = match signal {
            Signal::Code { result, millis } => (self.failures.codes.iter().any(|codes| codes.matches(result)), millis),
            Signal::Log(level) => (self.failures.levels.contains(&level), None),
        };
        match millis {
            _ if failed => Judgement::Failed,
            Some(millis) if millis >= self.rate.slow_millis.get() => Judgement::Slow,
            _ => Judgement::Fine,
        }
    }

    /// Returns when to probe after `failures` failed probes, at `now`: exponential backoff with jitter; `jitter` is in
    /// `[0, 1)`.
    #[must_use]
    pub fn next_probe(&self, failures: u32, now: Timestamp, jitter: f64) -> Timestamp {
        let growth = (f64::from(self.open.growth_percent.get()) / 100.0).powi(failures.min(64).cast_signed());
        let seconds = (f64::from(self.open.base_seconds.get()) * growth).min(f64::from(self.open.cap_seconds.get()));
        let seconds = seconds * (1.0 - f64::from(self.open.jitter_percent.get()) / 100.0 * jitter);
        let wait = SignedDuration::try_from_secs_f64(seconds).unwrap_or(self.longest_open());
        // Truncated to milliseconds, as stored.
        now + SignedDuration::from_millis(wait.as_millis().try_into().unwrap_or(i64::MAX))
    }

    /// Returns the longest wait between two probes.
    #[must_use]
    pub fn longest_open(&self) -> SignedDuration {
        SignedDuration::from_secs(self.open.cap_seconds.get().into())
    }

    /// Returns the duration of a lease.
    #[must_use]
    pub fn lease(&self) -> SignedDuration {
        SignedDuration::from_secs(self.probe.lease_seconds.get().into())
    }

    /// Returns the policy with the stricter limits after a recovery.
    #[must_use]
    pub fn sensitive(&self) -> Self {
        let mut policy = self.clone();
        policy.rate.minimum = self.rate.minimum.min(self.recovery.minimum);
        policy.rate.failure_percent = self.rate.failure_percent.min(self.recovery.failure_percent);
        policy.fast.threshold = self.fast.threshold.min(self.recovery.threshold);
        policy
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ingestion::code_result::{CodeError, StatusCode};

    fn code(status: u16, millis: Option<u32>) -> Signal {
        Signal::Code { result: Ok(StatusCode::try_from(status).expect("a status code")), millis }
    }

    #[test]
    fn signals_are_judged_by_the_default_policy() {
        let policy = Policy::default();
        for fine in [100, 200, 304, 404, 416, 429, 499] {
            assert_eq!(policy.judge(code(fine, Some(9_999))), Judgement::Fine, "{fine}");
        }
        for failed in [500, 503, 599] {
            assert_eq!(policy.judge(code(failed, Some(10_000))), Judgement::Failed, "{failed}");
        }
        assert_eq!(policy.judge(code(200, Some(10_000))), Judgement::Slow);
        let timeout = Signal::Code { result: Err(CodeError::Timeout), millis: None };
        assert_eq!(policy.judge(timeout), Judgement::Failed);
        assert_eq!(policy.judge(Signal::Log(LogLevel::Warning)), Judgement::Fine);
        assert_eq!(policy.judge(Signal::Log(LogLevel::Critical)), Judgement::Failed);
    }

    proptest! {
        #[test]
        fn waits_grow_and_stay_within_bounds(failures in 0..200_u32, jitter in 0.0..1.0_f64) {
            let policy = Policy::default();
            let now = Timestamp::UNIX_EPOCH;
            let wait = policy.next_probe(failures, now, jitter).duration_since(now);
            prop_assert!(wait <= policy.longest_open());
            prop_assert!(wait.as_secs_f64() >= 30.0 * 0.8 - 1e-2);
            prop_assert!(policy.next_probe(failures + 1, now, jitter) >= policy.next_probe(failures, now, jitter));
        }
    }
}
