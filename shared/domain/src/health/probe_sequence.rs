//! One trial of a chatbot: as many good probes in a row as its policy wants, and the first bad one ends
//! it. A single answer is too little to route a country's questions by.

use jiff::SignedDuration;

use crate::health::policy::ProbePolicy;

/// What comes after a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeStep {
    /// Another probe, after this time.
    Again(SignedDuration),
    /// Nothing: it is healthy.
    Passed,
    /// Nothing: it is not.
    Failed,
}

/// A trial that runs.
#[derive(Clone, Copy, Debug)]
pub struct ProbeSequence {
    left: u32,
    spacing: SignedDuration,
}

impl ProbeSequence {
    /// A trial under `policy`.
    #[must_use]
    pub fn new(policy: &ProbePolicy) -> Self {
        let spacing = SignedDuration::from_secs(policy.spacing_seconds.get().into());
        Self { left: policy.successes.get(), spacing }
    }

    /// Takes the outcome of a probe.
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
    fn only_successes_in_a_row_pass() {
        let policy = ProbePolicy { successes: deranged::RangedU32::new_static::<3>(), ..ProbePolicy::default() };
        let run = |outcomes: &[bool]| {
            let mut trial = ProbeSequence::new(&policy);
            outcomes.iter().map(|success| trial.record(*success)).collect::<Vec<_>>()
        };
        let again = ProbeStep::Again(SignedDuration::from_secs(2));
        assert_eq!(run(&[true, true, true]), [again, again, ProbeStep::Passed]);
        assert_eq!(run(&[true, true, false]), [again, again, ProbeStep::Failed]);
        assert_eq!(run(&[false]), [ProbeStep::Failed]);
    }
}
