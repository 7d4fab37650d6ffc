//! The pace of reloads.
//!
//! A reload costs nginx memory: its former workers stay until their last connection ends. A route to a chatbot that is
//! offline costs a visitor's answer. So a few reloads may follow one another at once, and many may not. A change that only adds
//! routes leaves the last reload to one that removes or changes some: without it, visitors are told that the chatbot is away,
//! and with it late, messages go where nobody answers.

use std::time::{Duration, Instant};

/// The most reloads that may follow one another at once.
const BURST: u32 = 3;
/// The time after which another reload is permitted. With [`BURST`] it makes six reloads in any minute at most.
const REFILL: Duration = Duration::from_secs(20);

/// What a reload changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Routes are added only.
    Additions,
    /// Routes are removed or have another address.
    Removals,
}

/// A token bucket of reloads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// The time at which all reloads are permitted again; none before the first.
    full_at: Option<Instant>,
}

impl Pace {
    /// Returns the time from `now` until a reload for `change` is permitted.
    #[must_use]
    pub fn delay(&self, now: Instant, change: Change) -> Duration {
        let reserved = match change {
            Change::Additions => 1,
            Change::Removals => 0,
        };
        let until_full = self.full_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        until_full.saturating_sub(REFILL * (BURST - 1 - reserved))
    }

    /// Notes a reload at `now`.
    pub fn note(&mut self, now: Instant) {
        self.full_at = Some(self.full_at.map_or(now, |at| at.max(now)) + REFILL);
    }

    /// Takes the reload that was noted last back: it did not take place.
    pub fn take_back(&mut self) {
        self.full_at = self.full_at.and_then(|at| at.checked_sub(REFILL));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn three_reloads_may_follow_one_another_and_the_next_comes_twenty_seconds_after_the_first() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        for _ in 0..3 {
            assert_eq!(pace.delay(start, Change::Removals), Duration::ZERO);
            pace.note(start);
        }
        assert_eq!(pace.delay(start, Change::Removals), REFILL);
        assert_eq!(pace.delay(start + REFILL, Change::Removals), Duration::ZERO);
        pace.take_back();
        assert_eq!(pace.delay(start, Change::Removals), Duration::ZERO);
    }

    #[test]
    fn additions_leave_the_last_reload_to_a_removal() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        for _ in 0..2 {
            assert_eq!(pace.delay(start, Change::Additions), Duration::ZERO);
            pace.note(start);
        }
        assert_eq!(pace.delay(start, Change::Additions), REFILL);
        assert_eq!(pace.delay(start, Change::Removals), Duration::ZERO);
        pace.note(start);
        assert_eq!(pace.delay(start + REFILL, Change::Removals), Duration::ZERO);
        assert_eq!(pace.delay(start + REFILL, Change::Additions), REFILL);
    }

    proptest! {
        #[test]
        fn no_minute_has_more_than_six(changes in proptest::collection::vec((0_u64..40_000, any::<bool>()), 1..200)) {
            let (mut pace, start, mut now) = (Pace::default(), Instant::now(), Duration::ZERO);
            let mut reloads: Vec<Duration> = Vec::new();
            for (wait, is_removal) in changes {
                now += Duration::from_millis(wait);
                let (change, most) = if is_removal { (Change::Removals, REFILL) } else { (Change::Additions, REFILL * 2) };
                let delay = pace.delay(start + now, change);
                prop_assert!(delay <= most, "a change waits {delay:?}");
                now += delay;
                pace.note(start + now);
                reloads.push(now);
            }
            for window in reloads.windows(7) {
                prop_assert!(window[6] >= window[0] + Duration::from_mins(1), "{window:?}");
            }
        }
    }
}
