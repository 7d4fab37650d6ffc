//! The numbers that the health engine goes by: one document with the network's defaults, and what
//! differs for single chatbots.

use std::collections::BTreeSet;

use deranged::{RangedU16, RangedU32};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ingestion::{code_pattern::CodePattern, code_result::CodeResult, log_level::LogLevel, observation::Signal};

/// A share, in percent.
pub type Percent = RangedU32<0, 100>;
/// A share that something must reach, in percent.
pub type Rate = RangedU32<1, 100>;
/// A count, or a number of seconds, from one up.
pub type Positive<const MAX: u32> = RangedU32<1, MAX>;

/// When a circuit opens and how it closes again, for one chatbot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// The sliding window of each observer.
    pub window: WindowPolicy,
    /// The rate detector.
    pub rate: RatePolicy,
    /// The fast detector.
    pub fast: FastPolicy,
    /// What counts as a failure.
    pub failures: FailurePolicy,
    /// How many observers find a chatbot failing where that many have enough to say. Where fewer have,
    /// all of them must, each with as many times the evidence as observers are missing plus one.
    pub quorum: Positive<16>,
    /// How long the circuit stays open.
    pub open: OpenPolicy,
    /// How a chatbot is probed.
    pub probe: ProbePolicy,
    /// The first time after a recovery, in which the circuit opens more easily.
    pub recovery: RecoveryPolicy,
    /// When an observer that used to report is silent.
    pub silence: SilencePolicy,
    /// The share of the network that may be taken offline automatically. Not for single chatbots.
    pub cap: CapPolicy,
    /// Whether the engine only says what it would have done.
    pub dry_run: bool,
}

/// A window of `buckets` buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowPolicy {
    /// The length of a bucket.
    pub bucket_seconds: Positive<3600>,
    /// How many buckets. The bound keeps the health item small.
    pub buckets: RangedU16<1, 20>,
}

impl WindowPolicy {
    /// The length of a bucket.
    #[must_use]
    pub fn bucket(&self) -> SignedDuration {
        SignedDuration::from_secs(self.bucket_seconds.get().into())
    }
}

/// The rate detector: shares of an observer's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RatePolicy {
    /// The fewest observations in the window that say anything.
    pub minimum: Positive<10_000>,
    /// The share of failures from which an observer finds the chatbot failing.
    pub failure_percent: Rate,
    /// From how long on an answer is slow.
    pub slow_millis: Positive<600_000>,
    /// The share of slow answers from which an observer finds the chatbot failing.
    pub slow_percent: Rate,
}

/// The fast detector: Page's cumulative sum over one observer's outcomes in their order. A failure adds
/// one to the score, anything else takes `recovery` off, never below zero; `threshold` is an alarm. See
/// [`crate::detector`] for what the numbers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FastPolicy {
    /// The score of an alarm: so many failures in a row suffice.
    pub threshold: Positive<100>,
    /// What an outcome that is no failure takes off.
    pub recovery: Positive<100>,
}

/// What counts as a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FailurePolicy {
    /// HTTP results: classes (`5xx`), single codes (`503`), `timeout`, `connection`.
    pub codes: BTreeSet<CodePattern>,
    /// Levels of log entries.
    pub levels: BTreeSet<LogLevel>,
}

/// How long a circuit stays open before each probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenPolicy {
    /// Before the first probe.
    pub base_seconds: Positive<3600>,
    /// What each failed probe makes of it, in percent: 200 doubles it.
    pub growth_percent: RangedU32<100, 1000>,
    /// The longest between two probes.
    pub cap_seconds: Positive<86_400>,
    /// The share that jitter may take off, so that probes spread.
    pub jitter_percent: Percent,
}

/// The method of a probe.
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

/// How a chatbot is probed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProbePolicy {
    /// The path, on the chatbot's own scheme, host and port.
    pub path: ProbePath,
    /// The method.
    pub method: ProbeMethod,
    /// The codes that are a success.
    pub expect: BTreeSet<CodePattern>,
    /// How long one may take.
    pub timeout_seconds: Positive<10>,
    /// Successes in a row that close the circuit.
    pub successes: Positive<5>,
    /// The time between two of them.
    pub spacing_seconds: RangedU32<0, 5>,
    /// How many may be in flight for one chatbot.
    pub most_in_flight: Positive<8>,
    /// How long a claim to probe holds. After it another may claim: nothing stays half-open. Long
    /// enough for every success that is needed.
    pub lease_seconds: RangedU32<10, 300>,
}

impl ProbePolicy {
    /// Whether `result` is a success.
    #[must_use]
    pub fn expects(&self, result: CodeResult) -> bool {
        self.expect.iter().any(|codes| codes.matches(result))
    }
}

/// Other limits for the first time after a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecoveryPolicy {
    /// For how long.
    pub seconds: RangedU32<0, 86_400>,
    /// In place of the rate detector's minimum, where it is lower.
    pub minimum: Positive<10_000>,
    /// In place of its failure rate, where it is lower.
    pub failure_percent: Rate,
    /// In place of the fast detector's threshold, where it is lower.
    pub threshold: Positive<100>,
}

/// When an observer is silent: it has sent nothing for `intervals` times its usual interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SilencePolicy {
    /// How many.
    pub intervals: RangedU32<2, 100>,
    /// A usual interval shorter than this counts as this. Silence is looked for once a minute.
    pub shortest_seconds: RangedU32<60, 86_400>,
    /// No silence lasts longer unnoticed.
    pub longest_seconds: RangedU32<120, 604_800>,
}

/// How much of the network the engine may take offline: a share of the chatbots of one type that are
/// Online or were, before it took them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CapPolicy {
    /// The share, after the ejection. One chatbot always may, unless it is zero.
    pub percent: Percent,
    /// Once the cap has held one back, nothing is taken out until the share is no more than this.
    pub resume_percent: Percent,
}

/// The path of a probe: `/` and at most 200 printable characters of ASCII.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProbePath(String);

/// A text that is no [`ProbePath`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a path is `/` and at most 200 printable characters of ASCII, without `#`")]
pub struct InvalidPath;

impl TryFrom<String> for ProbePath {
    type Error = InvalidPath;

    fn try_from(text: String) -> Result<Self, InvalidPath> {
        let fine = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\');
        // A second slash would begin another host.
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
    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What one observation says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Nothing against the chatbot.
    Fine,
    /// It answered, and took too long.
    Slow,
    /// It failed.
    Failed,
}

impl Policy {
    /// What `signal` says.
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

    /// When to probe after `failures` failed probes, at `now`; `jitter` is in `[0, 1)`.
    #[must_use]
    pub fn next_probe(&self, failures: u32, now: Timestamp, jitter: f64) -> Timestamp {
        let growth = (f64::from(self.open.growth_percent.get()) / 100.0).powi(failures.min(64).cast_signed());
        let seconds = (f64::from(self.open.base_seconds.get()) * growth).min(f64::from(self.open.cap_seconds.get()));
        let seconds = seconds * (1.0 - f64::from(self.open.jitter_percent.get()) / 100.0 * jitter);
        let wait = SignedDuration::try_from_secs_f64(seconds).unwrap_or(self.longest_open());
        // As it is stored.
        now + SignedDuration::from_millis(wait.as_millis().try_into().unwrap_or(i64::MAX))
    }

    /// The longest that a circuit stays open between two probes.
    #[must_use]
    pub fn longest_open(&self) -> SignedDuration {
        SignedDuration::from_secs(self.open.cap_seconds.get().into())
    }

    /// How long a claim to probe holds.
    #[must_use]
    pub fn lease(&self) -> SignedDuration {
        SignedDuration::from_secs(self.probe.lease_seconds.get().into())
    }

    /// The policy in the first time after a recovery.
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
    fn which_signals_fail() {
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
