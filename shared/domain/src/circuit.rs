//! The circuit: why a chatbot is routed or not, and when it is probed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::policy::Policy;

/// closed: routed. open: not routed, waits for a probe. half-open: being probed by one that claimed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "is")]
pub enum Circuit {
    /// Routed.
    Closed {
        /// Since when. What was seen before it no longer counts.
        #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
        since: Timestamp,
    },
    /// Not routed.
    Open {
        /// Since when.
        #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
        since: Timestamp,
        /// Probes that failed since.
        failures: u32,
        /// When the next probe is due.
        #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
        next_probe: Timestamp,
    },
    /// Not routed, and being probed.
    HalfOpen {
        /// Since when it has been open.
        #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
        since: Timestamp,
        /// Probes that failed since.
        failures: u32,
        /// When the claim ends, whatever became of the prober. It also names the claim.
        #[serde(with = "jiff::fmt::serde::timestamp::millisecond::required")]
        until: Timestamp,
    },
}

/// The right to probe one chatbot until it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    until: Timestamp,
}

/// What became of a probe's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probed {
    /// The circuit closed.
    Closed,
    /// It stays open, and the next probe waits longer.
    StaysOpen,
    /// The claim had ended or was another's: nothing changed.
    Stale,
}

impl Circuit {
    /// When it is due to be probed; none while closed.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        match *self {
            Self::Closed { .. } => None,
            Self::Open { next_probe, .. } => Some(next_probe),
            Self::HalfOpen { until, .. } => Some(until),
        }
    }

    /// Claims the probe at `now`, if one is due: half-open from then on, until the lease ends.
    pub fn claim(&mut self, policy: &Policy, now: Timestamp) -> Option<Claim> {
        let (since, failures) = match *self {
            Self::Open { since, failures, next_probe } if next_probe <= now => (since, failures),
            Self::HalfOpen { since, failures, until } if until <= now => (since, failures),
            _ => return None,
        };
        let until = now + policy.probe_lease;
        *self = Self::HalfOpen { since, failures, until };
        // As it is stored: milliseconds.
        Some(Claim { until: Timestamp::from_millisecond(until.as_millisecond()).unwrap_or(until) })
    }

    /// Takes the result of a claimed probe at `now`; `dice` is in `[0, 1)`.
    pub fn probed(&mut self, claim: Claim, success: bool, policy: &Policy, now: Timestamp, dice: f64) -> Probed {
        let Self::HalfOpen { since, failures, until } = *self else { return Probed::Stale };
        if until.as_millisecond() != claim.until.as_millisecond() || now >= until {
            return Probed::Stale;
        }
        if success {
            *self = Self::Closed { since: now };
            return Probed::Closed;
        }
        let next_probe = policy.next_probe(failures, now, dice);
        *self = Self::Open { since, failures: failures.saturating_add(1), next_probe };
        Probed::StaysOpen
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn open() -> Circuit {
        Circuit::Open { since: second(0), failures: 0, next_probe: second(30) }
    }

    #[test]
    fn a_probe_is_claimed_once_and_only_when_due() {
        let policy = Policy::default();
        let mut circuit = open();
        assert_eq!(circuit.claim(&policy, second(29)), None);
        assert!(circuit.claim(&policy, second(30)).is_some());
        assert_eq!(circuit.claim(&policy, second(31)), None, "another has it");
    }

    #[test]
    fn a_lost_prober_frees_its_claim() {
        let policy = Policy::default();
        let mut circuit = open();
        let lost = circuit.claim(&policy, second(30)).expect("due");
        let freed = second(30) + policy.probe_lease;
        assert_eq!(circuit.due(), Some(freed));
        let taken = circuit.claim(&policy, freed).expect("due again");
        assert_eq!(circuit.probed(lost, true, &policy, freed, 0.0), Probed::Stale, "too late");
        assert_eq!(circuit.probed(taken, true, &policy, freed, 0.0), Probed::Closed);
    }

    #[test]
    fn a_result_after_the_lease_is_stale() {
        let policy = Policy::default();
        let mut circuit = open();
        let claim = circuit.claim(&policy, second(30)).expect("due");
        let ended = second(30) + policy.probe_lease;
        assert_eq!(circuit.probed(claim, true, &policy, ended, 0.0), Probed::Stale);
        assert_eq!(circuit.probed(claim, true, &policy, ended - SignedDuration::from_millis(1), 0.0), Probed::Closed);
    }

    proptest! {
        /// Whatever happens, an open circuit always has a time at which it is due again, within the
        /// longest wait, and it keeps since when it has been open.
        #[test]
        fn nothing_stays_half_open(steps in prop::collection::vec((0..2000_i64, 0..3_u8, 0.0..1.0_f64), 1..60)) {
            let policy = Policy::default();
            let (mut circuit, mut now, mut held) = (open(), 0, None);
            for (passed, what, dice) in steps {
                now += passed;
                match what {
                    0 => held = circuit.claim(&policy, second(now)).or(held),
                    1 => if let Some(claim) = held { circuit.probed(claim, false, &policy, second(now), dice); },
                    _ => circuit = serde_json::from_str(&serde_json::to_string(&circuit).expect("json")).expect("as written"),
                }
                let due = circuit.due().expect("not closed: no probe succeeded");
                prop_assert!(due.duration_since(second(now)) <= policy.open_cap.max(policy.probe_lease));
                let (Circuit::Open { since, .. } | Circuit::HalfOpen { since, .. } | Circuit::Closed { since }) = circuit;
                prop_assert_eq!(since, second(0));
            }
        }
    }
}
