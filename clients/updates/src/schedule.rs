//! When to ask again: `nextCheck` and `Retry-After` within bounds, and exponential backoff without an answer.
//!
//! CentOps adds the jitter to `nextCheck` and `Retry-After`. Backoff has none, because chatbots ask at different times
//! already.

use std::time::Duration;

/// The shortest delay.
pub const MIN_DELAY: Duration = Duration::from_secs(30);
/// The longest delay that CentOps can ask for.
pub const MAX_DELAY: Duration = Duration::from_hours(24);
/// The longest delay without an answer.
pub const MAX_BACKOFF: Duration = Duration::from_hours(1);

/// The result of a check, as far as the schedule is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An answer was accepted.
    Accepted {
        /// Its `nextCheck`.
        next_check: Duration,
    },
    /// CentOps responded with an error and a `Retry-After`.
    RetryAfter(Duration),
    /// There was no answer, or it was refused: its `nextCheck` cannot be trusted.
    NoAnswer,
}

/// Counts the checks without an answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Schedule {
    failures: u32,
}

impl Schedule {
    /// Records a check and returns the delay before the next one.
    pub fn record(&mut self, outcome: Outcome) -> Duration {
        match outcome {
            Outcome::Accepted { next_check } => {
                self.failures = 0;
                next_check.clamp(MIN_DELAY, MAX_DELAY)
            }
            Outcome::RetryAfter(delay) => {
                self.failures = self.failures.saturating_add(1);
                delay.clamp(MIN_DELAY, MAX_DELAY)
            }
            Outcome::NoAnswer => {
                let delay = MIN_DELAY.saturating_mul(2_u32.saturating_pow(self.failures)).min(MAX_BACKOFF);
                self.failures = self.failures.saturating_add(1);
                delay
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(schedule: &mut Schedule, outcome: Outcome) -> u64 {
        schedule.record(outcome).as_secs()
    }

    #[test]
    fn next_check_and_retry_after_are_obeyed_within_30_seconds_and_24_hours() {
        let mut schedule = Schedule::default();
        for (asked, delay) in [(0, 30), (29, 30), (300, 300), (86_400, 86_400), (u64::MAX, 86_400)] {
            let asked = Duration::from_secs(asked);
            assert_eq!(seconds(&mut schedule, Outcome::Accepted { next_check: asked }), delay);
            assert_eq!(seconds(&mut schedule, Outcome::RetryAfter(asked)), delay);
        }
    }

    #[test]
    fn delay_doubles_from_30_seconds_to_an_hour_without_an_answer() {
        let mut schedule = Schedule::default();
        let delays: Vec<u64> = (0..9).map(|_| seconds(&mut schedule, Outcome::NoAnswer)).collect();
        assert_eq!(delays, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        schedule.record(Outcome::Accepted { next_check: MAX_DELAY });
        assert_eq!(seconds(&mut schedule, Outcome::NoAnswer), 30);
        schedule.failures = u32::MAX;
        assert_eq!(seconds(&mut schedule, Outcome::NoAnswer), 3600);
    }
}
