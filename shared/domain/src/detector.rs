//! The rate detector: decides from the observers' windows whether a chatbot fails.

use serde::{Deserialize, Serialize};

use crate::{observation::Observer, policy::Policy, window::Counts};

/// What one observer saw when a chatbot was found failing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// Who saw it.
    pub observer: Observer,
    /// What the window held.
    #[serde(flatten)]
    pub counts: Counts,
}

/// The witnesses against a chatbot, when there are enough: as many observers as the quorum whose
/// failure rate has reached the threshold, each with the minimum of observations. Where fewer than the
/// quorum have the minimum, all that have it must agree, and each needs the minimum once more for
/// every observer that is missing: a lone witness must be surer.
#[must_use]
pub fn failing<'a>(seen: impl IntoIterator<Item = (&'a Observer, Counts)>, policy: &Policy) -> Option<Vec<Witness>> {
    let active: Vec<_> = seen.into_iter().filter(|(_, counts)| counts.total >= policy.minimum).collect();
    let present = u32::try_from(active.len()).unwrap_or(u32::MAX).min(policy.quorum);
    let minimum = policy.minimum.saturating_mul(1 + policy.quorum - present);
    let witnesses: Vec<_> = active
        .into_iter()
        .filter(|(_, counts)| counts.total >= minimum && is_failing(*counts, policy))
        .map(|(observer, counts)| Witness { observer: observer.clone(), counts })
        .collect();
    let enough = present > 0 && witnesses.len() >= present as usize;
    enough.then_some(witnesses)
}

fn is_failing(counts: Counts, policy: &Policy) -> bool {
    u64::from(counts.failed) * 100 >= u64::from(counts.total) * u64::from(policy.failure_percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(seen: &[(&str, u32, u32)]) -> Option<usize> {
        let policy = Policy::default(); // minimum 10, 50 %, quorum 2
        let seen: Vec<_> = seen
            .iter()
            .map(|&(observer, failed, total)| {
                (Observer::try_from(observer.to_owned()).expect("an observer"), Counts { total, failed })
            })
            .collect();
        failing(seen.iter().map(|(observer, counts)| (observer, *counts)), &policy).map(|w| w.len())
    }

    #[test]
    fn nobody_says_nothing() {
        assert_eq!(verdict(&[]), None);
        assert_eq!(verdict(&[("chatbot", 9, 9), ("dmr:tallinn", 9, 9)]), None, "one short of the minimum");
    }

    #[test]
    fn two_that_agree_suffice_at_the_exact_threshold() {
        assert_eq!(verdict(&[("chatbot", 5, 10), ("dmr:tallinn", 5, 10)]), Some(2));
        assert_eq!(verdict(&[("chatbot", 5, 11), ("dmr:tallinn", 5, 10)]), None);
    }

    #[test]
    fn one_bad_dmr_takes_nobody_out() {
        assert_eq!(verdict(&[("chatbot", 0, 10), ("dmr:tallinn", 1000, 1000)]), None);
        assert_eq!(verdict(&[("dmr:narva", 1, 50), ("dmr:tallinn", 1000, 1000)]), None);
        assert_eq!(verdict(&[("chatbot", 0, 90), ("dmr:narva", 20, 20), ("dmr:tallinn", 20, 20)]), Some(2));
    }

    #[test]
    fn a_lone_witness_needs_twice_the_minimum() {
        assert_eq!(verdict(&[("dmr:tallinn", 19, 19)]), None);
        assert_eq!(verdict(&[("dmr:tallinn", 20, 20)]), Some(1));
        assert_eq!(verdict(&[("dmr:tallinn", 20, 20), ("chatbot", 0, 9)]), Some(1), "9 say nothing");
    }
}
