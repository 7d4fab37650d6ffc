//! The circuit breaker of one chatbot: whether it is routed, and when it is probed.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::health::policy::Policy;

/// The state of the circuit. Closed: routed. Open: not routed, waiting for a probe. Half-open: being probed under
/// leases. A half-open circuit whose leases have all expired is open again; no write is necessary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Circuit {
    /// Routed.
    Closed {
        /// The time of closing. Earlier observations no longer count.
        #[serde(with = "crate::stamp")]
        since: Timestamp,
        /// The number of consecutive relapses (opened soon after closing) before it closed; none if it did not recover
        /// from an outage.
        relapses: Option<u32>,
    },
    /// Not routed.
    Open {
        /// The time of opening.
        #[serde(with = "crate::stamp")]
        since: Timestamp,
        /// The exponent of the backoff: failed probes since opening, plus the relapses.
        failures: u32,
        /// The relapses before it opened.
        relapses: u32,
        /// The time at which the next probe is due.
        #[serde(with = "crate::stamp")]
        next_probe: Timestamp,
    },
    /// Not routed, being probed.
    HalfOpen {
        /// The time of opening.
        #[serde(with = "crate::stamp")]
        since: Timestamp,
        /// As in [`Circuit::Open`].
        failures: u32,
        /// As in [`Circuit::Open`].
        relapses: u32,
        /// The leases of the probers.
        leases: Vec<Lease>,
    },
}

/// A lease: the exclusive right to probe a chatbot until it expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The id, unique per chatbot.
    pub id: u64,
    /// The time of expiry, whether the prober reports or not.
    #[serde(with = "crate::stamp")]
    pub until: Timestamp,
}

impl Lease {
    /// Returns whether the lease is valid at `now`.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.until
    }
}

/// The effect of a probe's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// The circuit closed.
    Closed,
    /// The circuit was closed and stays closed: the check is done.
    StaysClosed,
    /// The circuit was closed and opened.
    Opened,
    /// The circuit stays open, and the next probe waits longer.
    StaysOpen,
    /// The pending address passed: the chatbot is routed to it.
    Moved,
    /// The pending address failed. Its next probe waits longer, and the current address stays.
    StaysPending,
    /// The lease had expired, or another result came first: nothing changed.
    Stale,
}

impl Circuit {
    /// Returns a circuit that closes at `now`; `relapses` as in [`Circuit::Closed`].
    #[must_use]
    pub fn closed(now: Timestamp, relapses: Option<u32>) -> Self {
        Self::Closed { since: now, relapses }
    }

    /// Returns a circuit that opens at `now` after `relapses` relapses; `jitter` is in `[0, 1)`.
    #[must_use]
    pub fn open(relapses: u32, policy: &Policy, now: Timestamp, jitter: f64) -> Self {
        Self::Open { since: now, failures: relapses, relapses, next_probe: policy.next_probe(relapses, now, jitter) }
    }

    /// Returns a circuit that opens at `now` and is due for a probe at once.
    #[must_use]
    pub fn due_at_once(now: Timestamp) -> Self {
        Self::Open { since: now, failures: 0, relapses: 0, next_probe: now }
    }

    /// Makes an open circuit due for a probe at `now`, with a new backoff. Leases end.
    pub fn restart(&mut self, now: Timestamp) {
        *self = Self::Open { since: self.since(), failures: 0, relapses: 0, next_probe: now };
    }

    /// Makes the waiting probe of an open circuit due at `now`. Its backoff starts anew, as after the opening: who asks for
    /// a probe has a reason. A probe that is due or being made stays as it is. Returns the time at which it is due; none
    /// while closed.
    pub fn advance_probe(&mut self, now: Timestamp) -> Option<Timestamp> {
        match self.at(now) {
            Self::Closed { .. } => None,
            Self::Open { next_probe, .. } if next_probe <= now => Some(next_probe),
            Self::Open { since, relapses, .. } => {
                *self = Self::Open { since, failures: relapses, relapses, next_probe: now };
                Some(now)
            }
            Self::HalfOpen { .. } => Some(now),
        }
    }

    /// Returns whether the circuit is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed { .. })
    }

    /// Returns the time of closing or opening.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        match self {
            Self::Closed { since, .. } | Self::Open { since, .. } | Self::HalfOpen { since, .. } => *since,
        }
    }

    /// Returns when a probe is due under `policy`; none while closed.
    #[must_use]
    pub fn due(&self, policy: &Policy) -> Option<Timestamp> {
        match self {
            Self::Closed { .. } => None,
            Self::Open { next_probe, .. } => Some(*next_probe),
            // While more probes are permitted, it has been due since the first lease was given.
            Self::HalfOpen { leases, .. } if leases.len() < policy.probe.most_in_flight.get() as usize => {
                leases.iter().map(|lease| lease.until - policy.lease()).min()
            }
            Self::HalfOpen { leases, .. } => leases.iter().map(|lease| lease.until).min(),
        }
    }

    /// Returns when the last lease expires; none unless half-open.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        match self {
            Self::HalfOpen { leases, .. } => leases.iter().map(|lease| lease.until).max(),
            Self::Closed { .. } | Self::Open { .. } => None,
        }
    }

    /// Returns the circuit as it is at `now`: without expired leases, and open and due if none is left.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        let Self::HalfOpen { since, failures, relapses, leases } = self else { return self.clone() };
        let (since, failures, relapses) = (*since, *failures, *relapses);
        let live: Vec<_> = leases.iter().copied().filter(|lease| lease.holds(now)).collect();
        match self.deadline() {
            Some(next_probe) if live.is_empty() => Self::Open { since, failures, relapses, next_probe },
            _ => Self::HalfOpen { since, failures, relapses, leases: live },
        }
    }

    /// Takes the lease `id` at `now`, if a probe is due. The circuit is then half-open.
    pub fn claim(&mut self, id: u64, policy: &Policy, now: Timestamp) -> Option<Lease> {
        let lease = Lease { id, until: now + policy.lease() };
        let (since, failures, relapses, mut leases) = match self.at(now) {
            Self::Open { since, failures, relapses, next_probe } if next_probe <= now => {
                (since, failures, relapses, Vec::new())
            }
            Self::HalfOpen { since, failures, relapses, leases }
                if leases.len() < policy.probe.most_in_flight.get() as usize =>
            {
                (since, failures, relapses, leases)
            }
            _ => return None,
        };
        leases.push(lease);
        *self = Self::HalfOpen { since, failures, relapses, leases };
        Some(lease)
    }

    /// Records the result of the probe with the lease `id` at `now`. The first result decides. `jitter` is in `[0,
    /// 1)`.
    pub fn record_probe(
        &mut self,
        id: u64,
        success: bool,
        policy: &Policy,
        now: Timestamp,
        jitter: f64,
    ) -> ProbeOutcome {
        let Self::HalfOpen { since, failures, relapses, leases } = self.at(now) else { return ProbeOutcome::Stale };
        if leases.iter().all(|lease| lease.id != id) {
            return ProbeOutcome::Stale;
        }
        if success {
            *self = Self::closed(now, Some(relapses));
            return ProbeOutcome::Closed;
        }
        let failures = failures.saturating_add(1);
        *self = Self::Open { since, failures, relapses, next_probe: policy.next_probe(failures, now, jitter) };
        ProbeOutcome::StaysOpen
    }

    /// Returns whether the circuit is closed and recovered so recently that it opens more easily.
    #[must_use]
    pub fn is_sensitive(&self, policy: &Policy, now: Timestamp) -> bool {
        let Self::Closed { since, relapses: Some(_) } = self else { return false };
        // To a clock that is behind, the recovery is in the future.
        now.duration_since(*since).as_secs().max(0) < i64::from(policy.recovery.seconds.get())
    }

    /// Returns the policy that applies at `now`.
    #[must_use]
    pub fn effective_policy<'p>(&self, policy: &'p Policy, now: Timestamp) -> Cow<'p, Policy> {
        if self.is_sensitive(policy, now) { Cow::Owned(policy.sensitive()) } else { Cow::Borrowed(policy) }
    }

    /// Returns the relapses of a circuit that opens at `now`: one more soon after a recovery, otherwise none.
    #[must_use]
    pub fn relapses_at(&self, policy: &Policy, now: Timestamp) -> u32 {
        match self {
            Self::Closed { relapses: Some(relapses), .. } if self.is_sensitive(policy, now) => {
                relapses.saturating_add(1)
            }
            _ => 0,
        }
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
        Circuit::Open { since: second(0), failures: 0, relapses: 0, next_probe: second(30) }
    }

    #[test]
    fn probe_is_claimed_once_and_only_when_due() {
        let policy = Policy::default();
        let mut circuit = open();
        assert_eq!(circuit.claim(1, &policy, second(29)), None);
        assert!(circuit.claim(1, &policy, second(30)).is_some());
        assert_eq!(circuit.claim(2, &policy, second(31)), None, "the lease is taken");
    }

    #[test]
    fn concurrent_probes_are_limited_by_the_policy() {
        let mut policy = Policy::default();
        policy.probe.most_in_flight = deranged::RangedU32::new_static::<2>();
        let mut circuit = open();
        assert!(circuit.claim(1, &policy, second(30)).is_some());
        assert_eq!(circuit.due(&policy), Some(second(30)), "one more may");
        assert!(circuit.claim(2, &policy, second(40)).is_some());
        assert_eq!(circuit.due(&policy), Some(second(75)));
        assert_eq!(circuit.claim(3, &policy, second(74)), None);
        assert!(circuit.claim(3, &policy, second(75)).is_some(), "the first lease has ended");
        assert_eq!(circuit.record_probe(2, true, &policy, second(76), 0.0), ProbeOutcome::Closed);
        assert_eq!(
            circuit.record_probe(3, false, &policy, second(76), 0.0),
            ProbeOutcome::Stale,
            "the first result decides"
        );
    }

    #[test]
    fn lease_of_a_lost_prober_expires() {
        let policy = Policy::default();
        let mut circuit = open();
        let lost = circuit.claim(1, &policy, second(30)).expect("due");
        assert_eq!(circuit.due(&policy), Some(lost.until));
        assert_eq!(
            circuit.at(lost.until),
            Circuit::Open { since: second(0), failures: 0, relapses: 0, next_probe: lost.until }
        );
        circuit.claim(2, &policy, lost.until).expect("due again");
        assert_eq!(circuit.record_probe(1, true, &policy, lost.until, 0.0), ProbeOutcome::Stale, "too late");
        assert_eq!(circuit.record_probe(2, true, &policy, lost.until, 0.0), ProbeOutcome::Closed);
    }

    #[test]
    fn result_after_the_lease_is_stale() {
        let policy = Policy::default();
        let mut circuit = open();
        let lease = circuit.claim(1, &policy, second(30)).expect("due");
        assert_eq!(circuit.clone().record_probe(1, true, &policy, lease.until, 0.0), ProbeOutcome::Stale);
        let just = lease.until - SignedDuration::from_millis(1);
        assert_eq!(circuit.record_probe(1, true, &policy, just, 0.0), ProbeOutcome::Closed);
    }

    #[test]
    fn relapse_waits_longer() {
        let policy = Policy::default(); // sensitive for 300 s
        let circuit = Circuit::closed(second(0), Some(1));
        assert_eq!(circuit.relapses_at(&policy, second(299)), 2);
        assert_eq!(circuit.relapses_at(&policy, second(300)), 0);
        let Circuit::Open { next_probe, .. } = Circuit::open(2, &policy, second(0), 0.0) else { panic!("open") };
        assert_eq!(next_probe, second(120), "30 s, doubled twice");
    }

    #[test]
    fn sensitivity_of_zero_seconds_is_off_by_any_clock() {
        let mut policy = Policy::default();
        let circuit = Circuit::closed(second(10), Some(0));
        assert!(circuit.is_sensitive(&policy, second(5)));
        policy.recovery.seconds = deranged::RangedU32::new_static::<0>();
        assert!(!circuit.is_sensitive(&policy, second(5)));
    }

    proptest! {
        /// For any history: a circuit that is not closed is due again within the longest wait, and keeps its time of
        /// opening.
        #[test]
        fn circuit_never_stays_half_open(
            steps in prop::collection::vec((0..2000_i64, 0..3_u8, 0.0..1.0_f64), 1..60),
            most in 1..3_u32,
        ) {
            let mut policy = Policy::default();
            policy.probe.most_in_flight = deranged::RangedU32::new(most).expect("a number");
            let (mut circuit, mut now, mut lease_id) = (open(), 0, 0);
            for (id, (passed, what, jitter)) in (1..).zip(steps) {
                now += passed;
                match what {
                    0 => lease_id = circuit.claim(id, &policy, second(now)).map_or(lease_id, |lease| lease.id),
                    1 => { circuit.record_probe(lease_id, false, &policy, second(now), jitter); },
                    _ => circuit = postcard::from_bytes(&postcard::to_stdvec(&circuit).expect("bytes")).expect("as written"),
                }
                let due = circuit.due(&policy).expect("not closed: no probe succeeded");
                prop_assert!(due.duration_since(second(now)) <= policy.longest_open().max(policy.lease()));
                if let Circuit::HalfOpen { leases, .. } = circuit.at(second(now)) {
                    prop_assert!(leases.len() <= most as usize);
                }
                prop_assert_eq!(circuit.since(), second(0));
            }
        }
    }
}
