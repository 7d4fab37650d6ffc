//! A sequence of probes: it passes after the required number of consecutive successes, and fails at the first failure.
//! A single response is too little evidence for routing.
//!
//! [`MAX_PROBE_SEQUENCE`] bounds what a policy may require. The prober's reserve and the shortest lease follow from it,
//! so a sequence that was started ends before its prober and before its lease.

use std::time::Duration;

use jiff::SignedDuration;

use crate::{health::policy::ProbePolicy, ingestion::code_result::StatusCode};

/// The longest probe sequence that a policy may require.
pub const MAX_PROBE_SEQUENCE: Duration = Duration::from_secs(20);
/// The time around a probe sequence: the chatbot is read before it and the result is saved after it, both with retries.
pub const PROBE_OVERHEAD: Duration = Duration::from_secs(5);
/// The time before the prober's deadline at which no new sequence starts, so that the last one ends in time.
pub const PROBER_RESERVE: Duration = MAX_PROBE_SEQUENCE.saturating_add(PROBE_OVERHEAD);

/// A rule for [`ProbePolicy`] that is violated: no probe could ever close a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProbe {
    /// No response of a chatbot would be a success.
    #[error("probe.expect has a status code from 200 to 599; without one no probe can succeed")]
    NothingExpected,
    /// The sequence could outlive the prober.
    #[error(
        "probe.successes times timeoutSeconds, plus spacingSeconds between them, is at most {} s",
        MAX_PROBE_SEQUENCE.as_secs()
    )]
    TooLong,
    /// The sequence could outlive its lease.
    #[error(
        "probe.leaseSeconds is at least {} s more than probe.successes times timeoutSeconds, plus spacingSeconds between \
         them",
        PROBE_OVERHEAD.as_secs()
    )]
    LeaseTooShort,
}

impl ProbePolicy {
    /// Returns the duration of the longest sequence: every response arrives just before its timeout.
    #[must_use]
    pub fn longest_sequence(&self) -> Duration {
        let successes = self.successes.get();
        let seconds = successes * self.timeout_seconds.get() + (successes - 1) * self.spacing_seconds.get();
        Duration::from_secs(seconds.into())
    }

    /// Checks that a healthy chatbot can pass the sequence, within the lease and the prober's run.
    ///
    /// # Errors
    /// The violated rule.
    pub fn check(&self) -> Result<(), InvalidProbe> {
        // An informational status is never the final response to a probe.
        let mut final_codes = (200..=599).filter_map(|code| StatusCode::try_from(code).ok());
        if !final_codes.any(|code| self.expects(Ok(code))) {
            return Err(InvalidProbe::NothingExpected);
        }
        let longest = self.longest_sequence();
        if longest > MAX_PROBE_SEQUENCE {
            return Err(InvalidProbe::TooLong);
        }
        if longest + PROBE_OVERHEAD > Duration::from_secs(self.lease_seconds.get().into()) {
            return Err(InvalidProbe::LeaseTooShort);
        }
        Ok(())
    }
}

/// The step after a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeStep {
    /// Probe again after this time.
    Again(SignedDuration),
    /// The sequence passed: the chatbot is healthy.
    Passed,
    /// The sequence failed: the chatbot is not healthy.
    Failed,
}

/// A running sequence.
#[derive(Clone, Copy, Debug)]
pub struct ProbeSequence {
    left: u32,
    spacing: SignedDuration,
}

impl ProbeSequence {
    /// Returns a new sequence under `policy`.
    #[must_use]
    pub fn new(policy: &ProbePolicy) -> Self {
        let spacing = SignedDuration::from_secs(policy.spacing_seconds.get().into());
        Self { left: policy.successes.get(), spacing }
    }

    /// Records the outcome of a probe.
    pub fn record(&mut self, success: bool) -> ProbeStep {
        self.left = self.left.saturating_sub(1);
        match (success, self.left) {
            (false, _) => ProbeStep::Failed,
            (true, 0) => ProbeStep::Passed,
            (true, _) => ProbeStep::Again(self.spacing),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn only_consecutive_successes_pass() {
        let policy = ProbePolicy { successes: deranged::RangedU32::new_static::<3>(), ..ProbePolicy::default() };
        let run = |outcomes: &[bool]| {
            let mut sequence = ProbeSequence::new(&policy);
            outcomes.iter().map(|success| sequence.record(*success)).collect::<Vec<_>>()
        };
        let again = ProbeStep::Again(SignedDuration::from_secs(2));
        assert_eq!(run(&[true, true, true]), [again, again, ProbeStep::Passed]);
        assert_eq!(run(&[true, true, false]), [again, again, ProbeStep::Failed]);
        assert_eq!(run(&[false]), [ProbeStep::Failed]);
    }

    /// Returns the default policy with these fields replaced.
    fn policy(change: &Value) -> ProbePolicy {
        let mut whole = serde_json::to_value(ProbePolicy::default()).expect("json");
        json_patch::merge(&mut whole, change);
        serde_json::from_value(whole).expect("a probe policy")
    }

    #[test]
    fn sequence_without_a_reachable_success_is_refused() {
        for expect in [json!([]), json!(["timeout"]), json!(["connection", "timeout"]), json!(["1xx"]), json!(["101"])]
        {
            let refused = policy(&json!({"expect": expect})).check();
            assert_eq!(refused, Err(InvalidProbe::NothingExpected), "{expect}");
        }
        for expect in [json!(["2xx"]), json!(["timeout", "200"]), json!(["1xx", "599"]), json!(["401"])] {
            assert_eq!(policy(&json!({"expect": expect})).check(), Ok(()), "{expect}");
        }
    }

    #[test]
    fn sequence_ends_before_its_prober_and_its_lease() {
        let probe = |successes: u32, timeout: u32, spacing: u32, lease: u32| {
            policy(&json!({
                "successes": successes, "timeoutSeconds": timeout, "spacingSeconds": spacing, "leaseSeconds": lease,
            }))
        };
        assert_eq!(probe(5, 10, 5, 300).check(), Err(InvalidProbe::TooLong));
        assert_eq!(probe(2, 9, 3, 300).check(), Err(InvalidProbe::TooLong), "21 s");
        assert_eq!(probe(2, 9, 2, 25).check(), Ok(()), "20 s and the overhead");
        assert_eq!(probe(2, 9, 2, 24).check(), Err(InvalidProbe::LeaseTooShort));
        assert_eq!(ProbePolicy::default().check(), Ok(()));
        for successes in 1..=5 {
            for timeout in 1..=10 {
                for spacing in 0..=5 {
                    let probe = probe(successes, timeout, spacing, 45);
                    let ends_in_time = probe.longest_sequence() + PROBE_OVERHEAD <= PROBER_RESERVE;
                    assert_eq!(probe.check().is_ok(), ends_in_time, "{successes} {timeout} {spacing}");
                }
            }
        }
    }
}
