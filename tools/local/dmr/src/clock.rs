//! The clock of the DMR. It can be set wrong, for faults of a sample network.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The most by which the clock may be wrong, in seconds.
const MAX_OFFSET: i64 = 3600;

/// The clock of the system, and by how many seconds this one is ahead.
#[derive(Debug, Default)]
pub struct Clock(AtomicI64);

/// An offset that is too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the offset must be from -{MAX_OFFSET} to {MAX_OFFSET} seconds")]
pub struct InvalidOffset;

impl Clock {
    /// Returns the time of this clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // The offset is small, so the sum is in range while the time of the system is.
        now.checked_add(SignedDuration::from_secs(self.0.load(Ordering::Relaxed))).unwrap_or(now)
    }

    /// Sets by how many seconds this clock is ahead.
    ///
    /// # Errors
    /// Returns an error if it is more than an hour, in either direction.
    pub fn set_offset(&self, seconds: i64) -> Result<(), InvalidOffset> {
        if !(-MAX_OFFSET..=MAX_OFFSET).contains(&seconds) {
            return Err(InvalidOffset);
        }
        self.0.store(seconds, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offset_shifts_the_time_and_more_than_an_hour_is_refused() {
        let clock = Clock::default();
        for seconds in [5, -5, 0] {
            assert_eq!(clock.set_offset(seconds), Ok(()));
            let (before, shifted, after) = (Timestamp::now(), clock.now(), Timestamp::now());
            let offset = SignedDuration::from_secs(seconds);
            assert!((before + offset..=after + offset).contains(&shifted), "{seconds} s: {shifted}");
        }
        for seconds in [3601, -3601, i64::MIN, i64::MAX] {
            assert_eq!(clock.set_offset(seconds), Err(InvalidOffset));
        }
    }
}
