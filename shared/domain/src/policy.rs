//! The numbers that the health engine goes by.

use jiff::{SignedDuration, Timestamp};

use crate::observation::{CodeClass, LogLevel, Signal};

/// When a circuit opens and how it closes again. One for the whole network.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// The length of one bucket of the window.
    pub bucket: SignedDuration,
    /// How many buckets the window has.
    pub buckets: u16,
    /// The fewest observations of one observer in the window that say anything.
    pub minimum: u32,
    /// The failure rate, in percent, from which an observer finds the chatbot failing.
    pub failure_percent: u32,
    /// How many observers must find it failing where that many have the minimum. Where fewer have it,
    /// all of them must, each with the minimum times as many as are missing plus one.
    pub quorum: u32,
    /// The largest share of the routed chatbots, in percent, that may be Offline by this engine's own
    /// doing. One chatbot always may.
    pub cap_percent: u32,
    /// How long the circuit stays open before the first probe.
    pub open_base: SignedDuration,
    /// The factor by which each failed probe lengthens it.
    pub open_growth: f64,
    /// The longest it stays open between two probes.
    pub open_cap: SignedDuration,
    /// The share of the open time that dice may take off, so that probes spread.
    pub open_jitter: f64,
    /// The path of a probe on the chatbot's own scheme, host and port. 2xx is a success.
    pub probe_path: &'static str,
    /// How long a probe may take.
    pub probe_timeout: SignedDuration,
    /// Successes in a row that close the circuit.
    pub probe_successes: u32,
    /// The time between two probes of one claim.
    pub probe_spacing: SignedDuration,
    /// How long a claim to probe holds. After it, another may claim: nothing stays half-open.
    pub probe_lease: SignedDuration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            bucket: SignedDuration::from_secs(30),
            buckets: 10,
            minimum: 10,
            failure_percent: 50,
            quorum: 2,
            cap_percent: 30,
            open_base: SignedDuration::from_secs(30),
            open_growth: 2.0,
            open_cap: SignedDuration::from_mins(15),
            open_jitter: 0.2,
            probe_path: "/health",
            probe_timeout: SignedDuration::from_secs(5),
            probe_successes: 2,
            probe_spacing: SignedDuration::from_secs(2),
            probe_lease: SignedDuration::from_secs(45),
        }
    }
}

impl Policy {
    /// Whether `signal` counts as a failure. A 4xx is the caller's, a 429 a busy chatbot's: neither is
    /// a reason to take it out of routing.
    #[must_use]
    pub fn is_failure(&self, signal: Signal) -> bool {
        match signal {
            Signal::Code(class) => {
                matches!(class, CodeClass::ServerError | CodeClass::Timeout | CodeClass::Connection)
            }
            Signal::Log(level) => matches!(level, LogLevel::Error | LogLevel::Critical),
        }
    }

    /// When to probe after `failures` failed probes, at `now`; `dice` is in `[0, 1)`.
    #[must_use]
    pub fn next_probe(&self, failures: u32, now: Timestamp, dice: f64) -> Timestamp {
        let growth = self.open_growth.powi(failures.min(64).cast_signed());
        let seconds = (self.open_base.as_secs_f64() * growth).min(self.open_cap.as_secs_f64());
        let seconds = seconds * (1.0 - self.open_jitter * dice);
        now + SignedDuration::try_from_secs_f64(seconds).unwrap_or(self.open_cap)
    }

    /// Whether one more chatbot may go Offline by itself when `online` are Online and `ejected` are
    /// already Offline by this engine. The count is taken after the ejection; a network too small for
    /// the share can still lose one.
    #[must_use]
    pub fn cap_allows(&self, online: u64, ejected: u64) -> bool {
        let cap = (online + ejected) * u64::from(self.cap_percent) / 100;
        ejected < cap.max(1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_cap_in_small_and_large_networks() {
        let policy = Policy::default();
        assert!(policy.cap_allows(1, 0), "a network of one can lose it");
        assert!(policy.cap_allows(3, 0));
        assert!(!policy.cap_allows(2, 1), "a second of three is over 30 %");
        assert!(policy.cap_allows(71, 29));
        assert!(!policy.cap_allows(70, 30));
    }

    #[test]
    fn which_signals_fail() {
        let policy = Policy::default();
        let code = |status: u16| Signal::Code(CodeClass::of(status.try_into().expect("a status code")));
        for fine in [100, 200, 304, 404, 416, 429, 499] {
            assert!(!policy.is_failure(code(fine)), "{fine}");
        }
        for failed in [500, 503, 599] {
            assert!(policy.is_failure(code(failed)), "{failed}");
        }
    }

    proptest! {
        /// However large the network, ejecting while the cap allows it never passes the share by more
        /// than the one chatbot that may always go.
        #[test]
        fn the_cap_holds_after_the_ejection(total in 1..5000_u64) {
            let policy = Policy::default();
            let mut ejected = 0;
            while ejected < total && policy.cap_allows(total - ejected, ejected) {
                ejected += 1;
            }
            prop_assert!(ejected == 1 || ejected * 100 <= total * u64::from(policy.cap_percent));
        }

        #[test]
        fn waits_grow_and_stay_within_bounds(failures in 0..200_u32, dice in 0.0..1.0_f64) {
            let policy = Policy::default();
            let now = Timestamp::UNIX_EPOCH;
            let wait = policy.next_probe(failures, now, dice).duration_since(now);
            prop_assert!(wait <= policy.open_cap);
            prop_assert!(wait.as_secs_f64() >= policy.open_base.as_secs_f64() * (1.0 - policy.open_jitter) - 1e-6);
            prop_assert!(policy.next_probe(failures + 1, now, dice) >= policy.next_probe(failures, now, dice));
        }
    }
}
