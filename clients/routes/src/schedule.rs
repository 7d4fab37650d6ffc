//! The poll schedule: a jittered interval, and exponential backoff with full jitter after failures.

use std::time::Duration;

/// Returns the delay before the next poll after `failures` in a row. `jitter` is a random number in [0, 1).
///
/// Without failures the delay is 0.5 to 1.5 intervals, so that DMRs that start together do not poll together. After
/// failures it is between zero and a bound that doubles with each failure, up to `max_delay` or the interval,
/// whichever is longer.
pub(crate) fn poll_delay(interval: Duration, max_delay: Duration, failures: u32, jitter: f64) -> Duration {
    if failures == 0 {
        return interval.mul_f64(0.5 + jitter);
    }
    let doubled = interval.saturating_mul(2_u32.saturating_pow(failures));
    doubled.min(max_delay.max(interval)).mul_f64(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(5);
    const MAX_DELAY: Duration = Duration::from_mins(1);

    #[test]
    fn delay_averages_one_interval_without_failures() {
        assert_eq!(poll_delay(INTERVAL, MAX_DELAY, 0, 0.0), Duration::from_millis(2500));
        assert_eq!(poll_delay(INTERVAL, MAX_DELAY, 0, 0.5), INTERVAL);
        assert_eq!(poll_delay(INTERVAL, MAX_DELAY, 0, 1.0), Duration::from_millis(7500));
    }

    #[test]
    fn bound_doubles_with_each_failure_up_to_the_maximum() {
        let bounds: Vec<u64> =
            (1..=6).map(|failures| poll_delay(INTERVAL, MAX_DELAY, failures, 1.0).as_secs()).collect();
        assert_eq!(bounds, [10, 20, 40, 60, 60, 60]);
        assert_eq!(poll_delay(INTERVAL, MAX_DELAY, 3, 0.0), Duration::ZERO);
        assert_eq!(poll_delay(INTERVAL, MAX_DELAY, u32::MAX, 1.0), MAX_DELAY);
        assert_eq!(poll_delay(Duration::from_mins(5), MAX_DELAY, 9, 1.0), Duration::from_mins(5));
    }
}
