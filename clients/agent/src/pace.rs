//! The pace of reloads.
//!
//! A reload costs nginx memory: its former workers stay until their last connection ends. A route to a chatbot that is
//! offline costs a visitor's answer. So a few reloads may follow one another at once, and many may not.

use std::time::{Duration, Instant};

/// The most reloads that may follow one another at once.
const BURST: u32 = 3;
/// The time after which another reload is permitted. With [`BURST`] it makes six reloads in any minute at most.
const REFILL: Duration = Duration::from_secs(20);

/// A token bucket of reloads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// The time at which all reloads are permitted again; none before the first.
    full_at: Option<Instant>,
}

impl Pace {
    /// Returns the time from `now` until a reload is permitted.
    #[must_use]
    pub fn delay(&self, now: Instant) -> Duration {
        let until_full = self.full_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        until_full.saturating_sub(REFILL * (BURST - 1))
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
            assert_eq!(pace.delay(start), Duration::ZERO);
            pace.note(start);
        }
        assert_eq!(pace.delay(start), REFILL);
        assert_eq!(pace.delay(start + REFILL), Duration::ZERO);
        pace.take_back();
        assert_eq!(pace.delay(start), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn no_minute_has_more_than_six(changes in proptest::collection::vec(0_u64..40_000, 1..200)) {
            let (mut pace, start, mut now) = (Pace::default(), Instant::now(), Duration::ZERO);
            let mut reloads: Vec<Duration> = Vec::new();
            for wait in changes {
                now += Duration::from_millis(wait);
                let delay = pace.delay(start + now);
                prop_assert!(delay <= REFILL, "a change waits {delay:?}");
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
