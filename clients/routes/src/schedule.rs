//! When the next question goes out.

use std::time::Duration;

/// How long to wait after `failures` in a row; `dice` is a random number from 0 to 1.
///
/// While all is well: around the interval, half of it to one and a half, so that DMRs that were started together
/// part. After failures: full jitter under a bound that doubles with each of them, up to `longest`.
pub(crate) fn wait(interval: Duration, longest: Duration, failures: u32, dice: f64) -> Duration {
    if failures == 0 {
        return interval.mul_f64(0.5 + dice);
    }
    let doubled = interval.saturating_mul(2_u32.saturating_pow(failures));
    doubled.min(longest.max(interval)).mul_f64(dice)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(5);
    const LONGEST: Duration = Duration::from_mins(1);

    #[test]
    fn while_all_is_well_it_is_the_interval_on_average() {
        assert_eq!(wait(INTERVAL, LONGEST, 0, 0.0), Duration::from_millis(2500));
        assert_eq!(wait(INTERVAL, LONGEST, 0, 0.5), INTERVAL);
        assert_eq!(wait(INTERVAL, LONGEST, 0, 1.0), Duration::from_millis(7500));
    }

    #[test]
    fn after_failures_the_bound_doubles_up_to_a_minute() {
        let bounds: Vec<u64> = (1..=6).map(|failures| wait(INTERVAL, LONGEST, failures, 1.0).as_secs()).collect();
        assert_eq!(bounds, [10, 20, 40, 60, 60, 60]);
        assert_eq!(wait(INTERVAL, LONGEST, 3, 0.0), Duration::ZERO);
        assert_eq!(wait(INTERVAL, LONGEST, u32::MAX, 1.0), LONGEST);
        assert_eq!(wait(Duration::from_mins(5), LONGEST, 9, 1.0), Duration::from_mins(5));
    }
}
