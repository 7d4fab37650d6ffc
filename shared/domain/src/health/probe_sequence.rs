//! A sequence of probes: it passes after the required number of consecutive successes, and fails at the first failure.
//! A single response is too little evidence for routing.

use jiff::SignedDuration;

use crate::health::policy::ProbePolicy;

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
}
